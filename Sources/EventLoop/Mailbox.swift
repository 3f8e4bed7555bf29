internal import CLinux
internal import Synchronization

/// The way into a loop from other threads: a lock and an eventfd(2).
///
/// Messages of one sender arrive in the order in which they were posted. Posting never blocks for longer than the lock.
package final class Mailbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  private let bell: Int32

  package init() throws(SystemError) {
    bell = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard bell >= 0 else { throw .last("eventfd") }
  }

  deinit { close(bell) }

  package func post(_ message: Message) {
    let wasEmpty = messages.withLock { messages in
      messages.append(message)
      return messages.count == 1
    }
    // Whoever finds the box full knows that its bell has rung and that it has not been emptied since.
    if wasEmpty { ring() }
  }

  /// Watches the box: `deliver` gets what was posted, in order, on the loop's thread.
  package func attach(to loop: EventLoop, deliver: @escaping ([Message]) -> Void) throws(SystemError) {
    // Edge-triggered, so that the bell need not be silenced with a read after each ring.
    try loop.watch(bell, for: [.readable, .edgeTriggered], handler: Receiver(box: self, deliver: deliver))
  }

  package func detach(from loop: EventLoop) { loop.unwatch(bell) }

  private func ring() {
    var one: UInt64 = 1
    // EAGAIN would mean 2^64 rings that nobody heard; EINTR can't happen on a descriptor that doesn't block.
    _ = write(bell, &one, 8)
  }

  private func empty() -> [Message] {
    messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }

  private final class Receiver: ReadinessHandling {
    private let box: Mailbox<Message>
    private let deliver: ([Message]) -> Void

    init(box: Mailbox<Message>, deliver: @escaping ([Message]) -> Void) {
      self.box = box
      self.deliver = deliver
    }

    func ready(_ descriptor: Int32, _ readiness: Readiness) { deliver(box.empty()) }
  }
}
