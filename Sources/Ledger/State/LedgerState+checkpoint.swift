internal import Audit
internal import Conference
internal import EventLoop
internal import Logging

extension LedgerState {
  /// Vouches for what was written, where that is due. Within a transaction, after its last record.
  ///
  /// With a key, by a record that holds a signature. With or without one, by a note of where the chain ends: whoever
  /// deletes the newest records and forgets that note is found out.
  func vouch() throws(LedgerError) {
    let now = MonotonicTime.now
    if let signing = checkpoints.take(at: now, seq: chain.seq) {
      let mark = ChainMark(.checkpoint, of: chain, writer: writer, signedBy: signing.key)
      let time = self.now.wall
      try insert(mark.record(seq: chain.seq + 1, time: time), RecordColumns(time: time, decision: "checkpoint"))
      try store.setMeta(.checkpoint, mark.text)
    }
    if checkpoints.takeNote(at: now, seq: chain.seq) {
      try store.setMeta(.head, ChainMark(.checkpoint, of: chain, writer: writer, signedBy: nil).text)
    }
  }

  /// Whose chain it is, where it is one of several.
  private var writer: Int64? { shared?.opening.writer }

  /// Puts on the record where all chains of a shared ledger end, in a transaction of its own.
  func listHeads() throws(LedgerError) {
    guard let shared else { return }
    let heads = try shared.heads()
    var news = headNews
    let grown = news.take(heads)
    guard !grown.isEmpty else { return }
    let time = now.wall
    let list = FleetHeads(
      in: WriterPlace(writer: shared.opening.writer, chain), naming: grown, signedBy: options.checkpoint?.key)
    // Where nobody but this replica has written there is nothing to list, and no transaction.
    if !list.heads.isEmpty {
      try transaction(outcomesOnly: true) { () throws(LedgerError) in
        let record = list.record(time: time, organization: options.organization)
        try insert(record, RecordColumns(time: time, decision: "heads"))
      }
    }
    headNews = news
  }

  /// At the start: where to go on, given what was noted of the chain's end.
  ///
  /// Where the table ends before that, somebody deleted records. The chain goes on behind the missing ones, so that the
  /// gap stays to be seen; their numbers are not given again.
  static func resumedChain(
    _ store: any LedgerStore, _ notes: AuditNotes, _ logger: Logger
  ) throws(LedgerError) -> AuditChain {
    let newest = try store.newestRecord()
    let noted = [
      notes.head, notes.checkpoint.map { AuditChain(seq: $0.seq, hash: $0.hash) }, notes.anchor.map(\.place),
    ]
    .compactMap(\.self).max { $0.seq < $1.seq }
    guard let noted, newest.seq < noted.seq else { return newest }
    logger.error(
      "audit records are missing from the end of the ledger",
      metadata: ["last": "\(newest.seq)", "noted": "\(noted.seq)"])
    return noted
  }

  /// The note of what is pruned, when records up to `last` go.
  ///
  /// - Parameter first: the oldest record that goes.
  /// - Returns: signed only where it says no more than an earlier note and this pruning: a stranger's deletion must not
  ///   get a signature.
  func anchor(first: Int64, last: AuditChain) throws(LedgerError) -> ChainMark {
    guard let signing = options.checkpoint else { return ChainMark(.anchor, of: last, signedBy: nil) }
    let earlier = try store.meta(.anchor).flatMap { ChainMark(.anchor, text: $0) }
    let follows = first == (earlier?.seq ?? 0) + 1 && earlier?.isSigned ?? true
    if !follows {
      logger.error("audit records were deleted by somebody else", metadata: ["before": "\(first)"])
    }
    return ChainMark(.anchor, of: last, signedBy: follows ? signing.key : nil)
  }

  /// Signs what was pruned before there was a key: once, with the first key that this ledger sees. Later an unsigned note
  /// is somebody else's, and who wrote that may have deleted the note of the last checkpoint, too. So the records are asked
  /// as well.
  static func adoptAnchor(
    _ store: any LedgerStore, _ notes: AuditNotes, _ signing: CheckpointSigning?, _ logger: Logger
  ) throws(LedgerError) {
    guard let signing else { return }
    let look = max(2 * signing.every, leastLook)
    // Of a shared ledger all chains' notes, those of replicas that have gone as well.
    if let shared = store as? any SharedLedgerStore { return try shared.adoptAnchors(signing, look: look, logger) }
    guard let anchor = notes.anchor, !anchor.isSigned else { return }
    let hadKey = try notes.checkpoint != nil ? true : store.hasCheckpoint(within: look)
    guard !hadKey else {
      return logger.error(
        "the note of what was pruned was changed by somebody else", metadata: ["pruned": "\(anchor.seq)"])
    }
    try store.setMeta(.anchor, ChainMark(.anchor, of: anchor.place, signedBy: signing.key).text)
  }

  /// Records at each end of the table that are looked at for a checkpoint: where checkpoints are written there is one among
  /// them, and a long table need not be read.
  private static let leastLook: Int64 = 10_000
}
