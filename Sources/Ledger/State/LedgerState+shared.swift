internal import Audit
internal import EventLoop
internal import Gateway
internal import Logging

/// What a ledger that other replicas share needs beside its rules.
extension LedgerState {
  /// Reads what these requests need to know.
  ///
  /// - Parameter again: another replica was sooner with something, so that outcomes are looked at, too.
  func look(for batch: ArraySlice<LedgerQueue.Item>, again: Bool = false) throws(LedgerError) {
    guard let shared else { return }
    var wanted = LookAhead()
    for item in batch {
      switch item.request {
      case .admit(let admission):
        guard inFlight[admission.commandID] == nil else { continue }
        // A limit is charged where nothing else can be in the way, but that the command is known.
        let isSent = admission.unavailability == nil && admission.forbidden == nil
        if admission.mayRepeatUnnamed {
          let reach = max(admission.joinWithin ?? .zero, CommandLife.resendWindow)
          wanted.unnamed.append((admission, now.wall - reach))
        }
        if isSent, !admission.mayRepeatUnnamed {
          wanted.admissions.append(admission)
        } else {
          wanted.commandIDs.append(admission.commandID)
        }
      case .inspect(let commandID, _): wanted.commandIDs.append(commandID)
      case .settle(let settlement): if again { wanted.commandIDs.append(settlement.commandID) }
      case .resolve(let resolution): if again { wanted.commandIDs.append(resolution.commandID) }
      case .pass(let call):
        if let conferenceID = call.conferenceID { wanted.conferenceIDs.append(conferenceID) }
        if call.unavailability == nil, let charge = call.charge { wanted.admissions.append(charge) }
      case .sift(let question): wanted.conferenceIDs += question.conferenceIDs
      case .record, .leave, .noteToken, .nextUnknown, .close: break
      }
    }
    try shared.look(for: wanted)
  }

  /// Whether this process may still say what became of a command that it was sending.
  func holds(_ command: StoredCommand) throws(LedgerError) -> Bool { try shared?.holds(command) ?? true }

  /// An outcome of a command that another replica has taken over meanwhile, as this one was taken for gone. That a conference was
  /// made is true whoever brings it; that there is none is for the other one to say.
  ///
  /// - Returns: the command, where the outcome is to be written all the same.
  func superseded(_ command: StoredCommand, by outcome: Settlement.Outcome) throws(LedgerError) -> StoredCommand? {
    guard case .done(let conferenceID) = outcome else { return nil }
    let current = try store.command(command.commandID)
    if let current, current.id == command.id, current.state != .done { return current }
    let other = try current.flatMap { (current) throws(LedgerError) in try store.conference(ofRow: current.id) }
    if other != conferenceID {
      logger.critical(
        "a command has made two conferences",
        metadata: ["command_id": "\(command.commandID)", "second": "\(conferenceID)"])
    }
    return nil
  }

  /// Those who waited for commands that no other replica is sending any more.
  func takeEndedElsewhere() -> [LedgerQueue.Item] {
    guard let shared, let due = elsewhere.pollDue, MonotonicTime.now >= due else { return [] }
    do throws(LedgerError) {
      let sending = try shared.sendingElsewhere(elsewhere.commandIDs)
      return elsewhere.takeEnded(stillSending: sending).map {
        LedgerQueue.Item(request: .admit($0.admission), address: $0.address)
      }
    } catch {
      // They go on waiting, until their own deadlines.
      elsewhere.polled()
      return []
    }
  }

  /// Says that this process lives, and takes over what others have left that don't.
  func keepUp() throws(LedgerError) {
    guard let shared else { return }
    try shared.keepUp()
    counters.setReplicas(shared.replicas)
    // One of several does what is to be done once.
    if try shared.takesCare() {
      try listHeads()
      try shared.pruneRecords(keep: settings.keepAudit, signing: options.checkpoint, logger)
      tell(try shared.takeNotes())
    }
    do throws(LedgerError) {
      try adopt(try shared.orphans(), at: now)
    } catch  where error.kind == .conflict {
      // Another one has.
    }
  }
}

extension AuditRecord {
  /// The first one of a chain.
  init(_ opening: ChainOpening, organization: String, time: WallTime) {
    let start = ChainStart(writer: opening.writer, replica: opening.replica, predecessor: nil)
    self.init(opening: start.record(time: time, organization: organization), time: time)
  }
}
