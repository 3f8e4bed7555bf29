internal import CLinux
internal import EventLoop
internal import Gateway
internal import Logging

/// The thread that owns the store, from before it is opened until it is closed.
final class LedgerThread: Sendable {
  let pseudonymKey: [UInt8]
  /// nil = what this process was admitted stays its own.
  let lease: SendingLease?
  private let thread: OwnedThread

  private struct Opened: Sendable {
    let pseudonymKey: [UInt8]
    let lease: SendingLease?
  }

  /// Returns when the ledger is open and recovered.
  init(
    storage: any LedgerStorage, settings: LedgerSettings, audit: AuditSettings, options: LedgerOptions,
    counters: LedgerCounters,
    queue: LedgerQueue, logger: Logger, onFatal: @escaping @Sendable (LedgerError) -> Void
  ) throws(LedgerError) {
    let opening = Monitor<Result<Opened, LedgerError>?>(nil)
    @Sendable func opened(_ result: Result<Opened, LedgerError>) {
      opening.withLock { if $0 == nil { $0 = result } }
      opening.wake()
    }
    let thread = OwnedThread(name: "ledger") {
      do throws(LedgerError) {
        try storage.withStore { () throws(LedgerError) in
          try SinkFile.all(audit, isDurable: storage.isDurable, others: options.otherFiles + storage.files)
        } _: { (store, files) throws(LedgerError) in
          let sinks = files.map { AuditSink($0, options: options, logger: logger, onRoom: queue.nudge) }
          defer { for sink in sinks { sink.end() } }
          let state = try LedgerState(
            store, settings: settings, options: options, counters: counters, sinks: sinks, logger: logger)
          let pseudonymKey = try store.pseudonymKey()
          try state.recover()
          try state.countUnknown()
          counters.setSinks(sinks)
          try store.prepareToServe()
          opened(.success(Opened(pseudonymKey: pseudonymKey, lease: state.shared?.lease)))
          guard let cause = LedgerLoop(state, queue, batchLimit: options.batchLimit, hosts: storage.hosts).run() else {
            return
          }
          let failure = LedgerError(cause, path: storage.name)
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
    case .success(let opened): (pseudonymKey, lease) = (opened.pseudonymKey, opened.lease)
    case .failure(let error):
      thread.join()
      throw error
    case nil: throw LedgerError(.failed, "the ledger's thread did not start")
    }
  }

  func join() { thread.join() }
}

extension AuditSink {
  /// - Parameter file: nil = standard output.
  convenience init(
    _ file: SinkFile?, options: LedgerOptions, logger: Logger, onRoom: @escaping @Sendable () -> Void
  ) {
    guard let file else {
      // The ledger has the records all the same, so this ends nothing; but it must not go unnoticed until the first one.
      if convene_is_writable(options.standardOutput) == 0 {
        logger.error("standard output is closed: the sink stdout gets no audit record")
      }
      self.init(name: "stdout", capacity: options.sinkCapacity, logger: logger, onRoom: onRoom) { abort, _ in
        DescriptorOutput(descriptor: options.standardOutput, abort: abort)
      }
      return
    }
    self.init(
      name: "file:\(file.path)", file: file, capacity: options.sinkCapacity, logger: logger, onRoom: onRoom
    ) { _, owner in
      FileOutput(path: file.path, terms: file.terms, logger: logger, owner: owner)
    }
  }
}
