import EventLoop
import Testing

@Suite("The event loop")
struct EventLoopTests {
  @Test("timers run in the order of their times, cancelled ones never")
  func timers() throws {
    let loop = try EventLoop()
    var ran: [Int] = []
    loop.timers.schedule(at: loop.now + .milliseconds(3)) {
      ran.append(3)
      loop.stop()
    }
    loop.timers.schedule(at: loop.now + .milliseconds(1)) { ran.append(1) }
    let cancelled = loop.timers.schedule(at: loop.now + .milliseconds(2)) { ran.append(2) }
    loop.timers.cancel(cancelled)
    loop.run()
    #expect(ran == [1, 3])
  }

  @Test("cancelled timers don't pile up")
  func cancelled() {
    let queue = TimerQueue()
    let far = MonotonicTime(nanoseconds: .max - 1)
    for _ in 0..<10_000 { queue.cancel(queue.schedule(at: far) {}) }
    // The heap keeps a cancelled entry only until there are too many: the earliest is gone long since.
    queue.schedule(at: MonotonicTime(nanoseconds: 5)) {}
    #expect(queue.next == MonotonicTime(nanoseconds: 5))
  }

  @Test("a timer that has run, or was cancelled, is not its successor in the same place")
  func successor() {
    let queue = TimerQueue()
    var ran: [String] = []
    let first = queue.schedule(at: MonotonicTime(nanoseconds: 1)) { ran.append("first") }
    queue.cancel(first)
    let second = queue.schedule(at: MonotonicTime(nanoseconds: 2)) { ran.append("second") }
    queue.cancel(first)
    queue.runDue(at: MonotonicTime(nanoseconds: 2))
    queue.schedule(at: MonotonicTime(nanoseconds: 3)) { ran.append("third") }
    queue.cancel(second)
    queue.runDue(at: MonotonicTime(nanoseconds: 3))
    #expect(ran == ["second", "third"])
  }

  @Test("a timer of the same time as another runs after it, and one that is scheduled meanwhile next time")
  func order() {
    let queue = TimerQueue()
    let time = MonotonicTime(nanoseconds: 1)
    var ran: [Int] = []
    for number in 0..<100 {
      let id = queue.schedule(at: time) {
        ran.append(number)
        if number == 0 { queue.schedule(at: time) { ran.append(100) } }
      }
      if number % 2 == 1 { queue.cancel(id) }
    }
    queue.runDue(at: time)
    #expect(ran == Array(stride(from: 0, to: 100, by: 2)))
    queue.runDue(at: time)
    #expect(ran.last == 100)
  }

  @Test("messages of several threads all arrive, each thread's in order")
  func mailbox() throws {
    let loop = try EventLoop()
    let mailbox = try Mailbox<(sender: Int, number: Int)>()
    var last = [Int](repeating: -1, count: 4)
    var count = 0
    try mailbox.attach(to: loop) { messages in
      for message in messages {
        #expect(message.number == last[message.sender] + 1)
        last[message.sender] = message.number
        count += 1
      }
      if count == 40_000 { loop.stop() }
    }
    let threads = (0..<4).map { sender in
      OwnedThread(name: "sender") { for number in 0..<10_000 { mailbox.post((sender, number)) } }
    }
    loop.run()
    for thread in threads { thread.join() }
    #expect(last == [9999, 9999, 9999, 9999])
  }

  @Test("a loop that has ended keeps nobody who keeps it")
  func goes() throws {
    final class Hook: BeforeSleepHook {
      let loop: EventLoop
      var wakeTime: MonotonicTime { .distantFuture }

      init(_ loop: EventLoop) { self.loop = loop }

      func beforeSleep() { loop.stop() }
    }
    weak var loop: EventLoop?
    do {
      let strong = try EventLoop()
      loop = strong
      strong.timers.schedule(at: strong.now) {}
      strong.add(Hook(strong))
      strong.run()
    }
    #expect(loop == nil)
  }

  @Test("an event fetched before its descriptor was closed does not reach whoever got the number next")
  func reusedDescriptor() throws {
    let loop = try EventLoop()
    let (first, second) = (try Probe(), try Probe())
    let heir = Probe.Handler { Issue.record("told of what had happened to the former owner") }
    // Both are ready in one turn: whoever is told first closes the other's, and its number is used anew.
    for (probe, other) in [(first, second), (second, first)] {
      try loop.watch(
        probe.reader, for: .readable,
        handler: Probe.Handler {
          loop.unwatch(probe.reader)
          loop.unwatch(other.reader)
          #expect(throws: Never.self) {
            try other.reopen()
            try loop.watch(other.reader, for: .readable, handler: heir)
          }
          loop.timers.schedule(at: loop.now) { loop.stop() }
        })
      probe.ring()
    }
    loop.run()
  }

  @Test(
    "a time is written as RFC 3339 has it",
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"), (1_795_458_000_123_456, "2026-11-23T18:20:00.123456Z"),
      (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
      (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
    ] as [(Int64, String)])
  func rfc3339(microseconds: Int64, text: String) {
    #expect(WallTime(microseconds: microseconds).rfc3339 == text)
  }
}
