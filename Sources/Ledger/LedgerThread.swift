internal import EventLoop
internal import GRDB
internal import Gateway
internal import Logging

/// The thread that owns the connection, from before the file is opened until it is closed.
final class LedgerThread: Sendable {
  let pseudonymKey: [UInt8]
  private let thread: OwnedThread

  /// Returns when the ledger is open and recovered.
  init(
    settings: LedgerSettings, sinks: [AuditSettings.Sink], options: LedgerOptions, counters: LedgerCounters,
    queue: LedgerQueue, logger: Logger, onFatal: @escaping @Sendable (LedgerError) -> Void
  ) throws(LedgerError) {
    let opening = Monitor<Result<[UInt8], LedgerError>?>(nil)
    @Sendable func opened(_ result: Result<[UInt8], LedgerError>) {
      opening.withLock { if $0 == nil { $0 = result } }
      opening.wake()
    }
    let thread = OwnedThread(name: "ledger") {
      do throws(LedgerError) {
        try LedgerDatabase(path: settings.path, options, logger: logger).use { database, space in
          let sinks = sinks.map { AuditSink($0, options: options, logger: logger, onRoom: queue.nudge) }
          defer { for sink in sinks { sink.end() } }
          let bookkeeper = try Bookkeeper(
            database, space: space, settings: settings, options: options, counters: counters, sinks: sinks,
            logger: logger)
          let pseudonymKey = try bookkeeper.statements.pseudonymKey()
          try bookkeeper.recover()
          opened(.success(pseudonymKey))
          guard let cause = LedgerLoop(bookkeeper, queue, batchLimit: options.batchLimit).run() else { return }
          let failure = LedgerError(cause, path: settings.path ?? ":memory:")
          logger.critical("the ledger failed; the next start recovers", metadata: ["reason": "\(failure)"])
          queue.die()
          onFatal(failure)
          throw failure
        }
      } catch {
        opened(.failure(error))
      }
    }
    self.thread = thread
    let result = opening.wait { $0 }
    switch result {
    case .success(let key): pseudonymKey = key
    case .failure(let error):
      thread.join()
      throw error
    case nil: throw LedgerError(.failed, "the ledger's thread did not start")
    }
  }

  func join() { thread.join() }
}

extension AuditSink {
  convenience init(
    _ sink: AuditSettings.Sink, options: LedgerOptions, logger: Logger, onRoom: @escaping @Sendable () -> Void
  ) {
    switch sink {
    case .stdout:
      self.init(name: "stdout", capacity: options.sinkCapacity, logger: logger, onRoom: onRoom) { abort in
        DescriptorOutput(descriptor: options.standardOutput, abort: abort)
      }
    case .file(let path, let rotateAt, let keep):
      self.init(
        name: "file:\(path)", end: FileOutput.end(of: path), capacity: options.sinkCapacity, logger: logger,
        onRoom: onRoom
      ) { _ in
        FileOutput(path: path, rotateAt: rotateAt, keep: keep)
      }
    }
  }
}
