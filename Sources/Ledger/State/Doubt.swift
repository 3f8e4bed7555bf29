internal import Gateway

/// A transaction of which nobody knows yet whether it is committed: the connection was lost while it was.
///
/// In memory all is as if it were. Outcomes are told to nobody until it is known; who wanted to send something, or asked, is told
/// no, and what was allowed is taken back afterwards.
struct Doubt {
  /// The newest record before it.
  let before: Int64
  /// Of the records that waited.
  let written: Int
  /// What is told when it is known.
  var answers = AnswerOutbox()
}

/// A command that was to be sent, and whose caller was told no.
struct WithdrawnCommand {
  let command: StoredCommand
  /// It was sent before, so it is of unknown outcome again; else it is as if it had never been.
  let wasSent: Bool
}

extension LedgerState {
  /// After a transaction that is in doubt: tells no to those who can be told no.
  ///
  /// - Parameter batch: its requests.
  func withdraw(_ batch: ArraySlice<LedgerQueue.Item>) {
    var refused = AnswerOutbox()
    for item in batch {
      switch item.request {
      case .settle, .resolve, .record, .leave, .close: continue
      case .admit, .noteToken, .inspect, .nextUnknown, .pass, .sift: break
      }
      // Without an answer it waits for another request's.
      guard let answer = outbox.take(for: item.address) else { continue }
      refused.append(.refused(.ledgerUnavailable, []), to: item.address)
      // What it was to be told is on the record, and then that it was not.
      if case .admit(let admission) = item.request { noteUnavailable(admission.audit) }
      switch (answer, item.request) {
      case (.admitted, .admit(let admission)): takeBack(admission.commandID, wasSent: false, &refused)
      case (.passed(_, let note, _), .pass(let call)): keepUnavailable(call.audit, note: note)
      case (_, .pass(let call)): noteUnavailable(call.audit)
      case (.resume(let command, _), _), (.reconcile(let command), _):
        takeBack(command.commandID, wasSent: true, &refused)
      default: break
      }
    }
    doubt?.answers = outbox
    outbox = refused
    settleMemory()
    deliver()
  }

  /// While it is not known what is committed nobody is told what became of any command: in memory it is as if all were.
  ///
  /// - Returns: false for what is not about a command's fate.
  func refuseInDoubt(_ item: LedgerQueue.Item) -> Bool {
    switch item.request {
    case .settle, .resolve, .record, .leave, .close: return false
    case .admit(let admission): noteUnavailable(admission.audit)
    case .pass(let call): noteUnavailable(call.audit)
    case .noteToken, .inspect, .nextUnknown, .sift: break
    }
    outbox.append(.refused(.ledgerUnavailable, []), to: item.address)
    return true
  }

  /// It is known by now, and what was in doubt is committed.
  func endDoubt() throws(LedgerError) {
    if let ended = doubt {
      doubt = nil
      outbox = ended.answers
      committed(before: ended.before, written: ended.written)
    }
    guard !withdrawn.isEmpty else { return }
    let undone = withdrawn
    try shared?.look(for: LookAhead(commandIDs: undone.map(\.command.commandID)))
    try transaction(outcomesOnly: true) { () throws(LedgerError) in
      for command in undone where try shared?.holds(command.command) ?? true {
        if command.wasSent { _ = try mark(command.command, .unknown) } else { try delete(command.command) }
      }
    }
    withdrawn.removeAll()
  }

  private func takeBack(_ commandID: String, wasSent: Bool, _ refused: inout AnswerOutbox) {
    guard let ended = inFlight.end(commandID) else { return }
    if ended.command.isKeyless {
      if wasSent { keyless.become(.unknown, ended.command) } else { keyless.forget(ended.command) }
    }
    // One that was to be looked up is of unknown outcome in its row as well.
    if !wasSent || ended.command.state == .sending {
      withdrawn.append(WithdrawnCommand(command: ended.command, wasSent: wasSent))
    }
    for waiter in ended.waiters {
      refused.append(.refused(.ledgerUnavailable, []), to: waiter.address)
      noteUnavailable(waiter.audit)
    }
  }
}
