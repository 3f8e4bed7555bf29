internal import CLinux
internal import EventLoop
internal import Logging
internal import Metrics

/// One copy of the audit: a thread that writes lines which the ledger's thread hands over.
///
/// The ledger's thread never waits for it. What doesn't fit into the queue is not kept here: the sink says when it has
/// room again, and the ledger's thread reads the missing records from the table.
final class AuditSink: Sendable {
  private struct State: Sendable {
    var lines: [UInt8] = []
    /// The newest record that is out.
    var written: Int64 = 0
    /// Somebody was turned away for want of room.
    var isWanted = false
    var isBusy = false
    var isEnding = false
    /// The output will never take anything again.
    var isBroken = false
    /// The output is to look where it belongs, although nothing is to be written.
    var isReopening = false
    /// How a file ends that the output has found, and whose that is.
    var question: FileEnd?
    var answer: SinkFileOwner?

    var isIdle: Bool { isBroken || (lines.isEmpty && !isBusy) }
  }

  private static let retryInterval: Duration = .seconds(1)
  /// Bytes for which no output has any more patience.
  private static let enough = 256 << 10

  /// As in the table `sinks`.
  let name: String
  /// What was found where it writes; nil = it can't look there.
  let file: SinkFile?
  /// Times that something could not be written, or opened.
  let failures: Counter
  private let capacity: Int
  private let monitor: Monitor<State>
  /// An eventfd; written once, when nobody waits for a blocked output any more.
  private let abort: Int32
  private let thread: OwnedThread

  /// - Parameters:
  ///   - file: what the output has from an earlier process.
  ///   - makeOutput: called on the sink's thread, with a descriptor that is readable once writing must be given up, and
  ///     what tells whose a file is that ends so, nil = it is ending.
  ///   - onRoom: called on the sink's thread when there is room again, or something to be asked.
  init(
    name: String, file: SinkFile? = nil, capacity: Int, logger: Logger, onRoom: @escaping @Sendable () -> Void,
    makeOutput: @escaping @Sendable (_ abort: Int32, _ owner: @escaping (FileEnd) -> SinkFileOwner?) -> any AuditOutput
  ) {
    self.name = name
    self.file = file
    self.capacity = capacity
    let abort = eventfd(0, Int32(EFD_CLOEXEC))
    self.abort = abort
    let failures = Counter()
    self.failures = failures
    let monitor = Monitor(State())
    self.monitor = monitor
    thread = OwnedThread(name: "audit \(name)") {
      let output = makeOutput(abort) { end in Self.ask(end, monitor, onRoom) }
      Self.run(name: name, monitor, output, failures, logger: logger, onRoom: onRoom)
    }
  }

  deinit { close(abort) }

  /// The newest record that is out, and whether nothing is on its way.
  var position: (written: Int64, isIdle: Bool) {
    monitor.withLock { ($0.written, $0.isIdle) }
  }

  /// What is known to be out before anything is handed over.
  func begin(at written: Int64) { monitor.withLock { $0.written = written } }

  /// Waits until nothing is on its way, or something is asked.
  func waitUntilIdle(until deadline: MonotonicTime) {
    _ = monitor.wait(until: deadline) { $0.isIdle || $0.question != nil ? true : nil }
  }

  /// How a file ends that the output has found where it goes on: whose is it?
  var question: FileEnd? { monitor.withLock { $0.answer == nil ? $0.question : nil } }

  func answer(_ owner: SinkFileOwner) {
    monitor.withLock { $0.answer = owner }
    monitor.wake()
  }

  /// Makes the output look where it belongs. Doesn't wait.
  func reopen() {
    monitor.withLock { $0.isReopening = true }
    monitor.wake()
  }

  private static func ask(_ end: FileEnd, _ monitor: Monitor<State>, _ onRoom: () -> Void) -> SinkFileOwner? {
    monitor.withLock { ($0.question, $0.answer) = (end, nil) }
    onRoom()
    monitor.wake()
    defer { monitor.withLock { ($0.question, $0.answer) = (nil, nil) } }
    let owner = monitor.wait { state -> SinkFileOwner?? in
      if let answer = state.answer { return .some(answer) }
      return state.isEnding ? .some(nil) : nil
    }
    return owner.flatMap(\.self)
  }

  /// Whether it takes nothing any more; its position stays where it is.
  var isBroken: Bool { monitor.withLock { $0.isBroken } }

  /// Whether lines would be taken now. Where not, `onRoom` will be called.
  func hasRoom() -> Bool {
    monitor.withLock { state in
      let hasRoom = state.lines.count < capacity && !state.isBroken
      if !hasRoom { state.isWanted = true }
      return hasRoom
    }
  }

  /// Takes the lines of the records from `first` on, each one whole.
  func take(_ lines: [UInt8], from first: Int64) {
    let wakes = monitor.withLock { state in
      if state.isIdle { state.written = first - 1 }
      let before = state.lines.count
      if before == 0 { state.lines = lines } else { state.lines.append(contentsOf: lines) }
      return before == 0 || before < Self.enough && state.lines.count >= Self.enough
    }
    if wakes { monitor.wake() }
  }

  /// Ends the thread: at once where the output is blocked, else when everything that was taken is out. A second call does
  /// nothing.
  func end() {
    let (isFirst, isIdle) = monitor.withLock { state in
      defer { state.isEnding = true }
      return (!state.isEnding, state.isIdle)
    }
    guard isFirst else { return }
    monitor.wake()
    if !isIdle {
      var one: UInt64 = 1
      CLinux.write(abort, &one, 8)
    }
    thread.join()
  }

  private enum Wanted {
    case lines, reopening, end
  }

  private static func reopen(name: String, _ output: any AuditOutput, _ failures: Counter, logger: Logger) {
    do throws(AuditOutputError) {
      try output.reopen()
    } catch {
      failures.add()
      // The next write tries again, and goes on trying.
      logger.error("an audit sink can't be opened", metadata: ["sink": "\(name)", "reason": "\(error.message)"])
    }
  }

  private static func run(
    name: String, _ monitor: Monitor<State>, _ output: any AuditOutput, _ failures: Counter, logger: Logger,
    onRoom: () -> Void
  ) {
    while true {
      let wanted = monitor.wait { state -> Wanted? in
        if state.isReopening {
          state.isReopening = false
          return .reopening
        }
        if state.lines.isEmpty { return state.isEnding ? .end : nil }
        return .lines
      }
      guard wanted != .end else { return }
      guard wanted == .lines else {
        reopen(name: name, output, failures, logger: logger)
        continue
      }
      if output.patience > .zero {
        _ = monitor.wait(until: .now + output.patience) { state -> Void? in
          state.isEnding || state.lines.count >= enough ? () : nil
        }
      }
      let lines = monitor.withLock { state in
        var lines: [UInt8] = []
        swap(&lines, &state.lines)
        state.isBusy = true
        return lines
      }
      let isOut = write(lines, name: name, monitor, output, failures, logger: logger)
      let isWanted = monitor.withLock { state in
        state.isBusy = false
        state.isBroken = !isOut
        defer { state.isWanted = false }
        return state.isWanted
      }
      monitor.wake()
      if isWanted { onRoom() }
      if !isOut { return }
    }
  }

  /// Writes until all is out, or it can't be. Each record counts as written as soon as it is out as a whole.
  private static func write(
    _ lines: [UInt8], name: String, _ monitor: Monitor<State>, _ output: any AuditOutput, _ failures: Counter,
    logger: Logger
  ) -> Bool {
    var rest = lines[...]
    var hasFailed = false
    while !rest.isEmpty {
      do throws(AuditOutputError) {
        let count = try output.writeSome(rest)
        let records = rest.prefix(count).lineEnds
        rest = rest.dropFirst(count)
        monitor.withLock { $0.written += records }
        if hasFailed { logger.notice("an audit sink works again", metadata: ["sink": "\(name)"]) }
        hasFailed = false
      } catch {
        failures.add()
        if !hasFailed || error.isFinal {
          logger.error("an audit sink can't be written", metadata: ["sink": "\(name)", "reason": "\(error.message)"])
        }
        hasFailed = true
        if error.isFinal { return false }
        if monitor.wait(until: .now + retryInterval, { $0.isEnding ? true : nil }) == true { return false }
      }
    }
    return true
  }
}
