package import EventLoop

/// Follows every chain of a ledger that several replicas share, one after the other, and what they say of each other: the chain
/// that each goes on from, and the lists of all chains' ends. It stops at the first thing that is wrong.
///
/// Its memory grows with the chains, not with the records.
package struct FleetVerifier {
  /// What was seen.
  package struct Summary: Sendable, Equatable {
    package var records = 0
    package var chains = 0
    package var checkpoints = 0
    /// Signed lists of heads.
    package var lists = 0
    /// The newest record that lists all chains' ends, or else the newest chain's end: whoever notes it elsewhere can ask for it.
    package var newest: WriterPlace?
    package var newestIsList = false
  }

  struct Chain {
    let replica: String
    var verifier: AuditVerifier
    var start: ChainStart?
    var oldest: WallTime?
    /// Its first record doesn't say whose it is.
    var isUnopened = false
    /// The record that says it instead, and when it was written.
    var closing: (mark: ChainImport, time: WallTime)?
    /// The newest record that was dropped.
    var dropped: Int64 = 0
    /// The newest record that was followed.
    var last: Int64 { verifier.chain?.seq ?? 0 }
    var reached: Int64 { max(last, dropped) }
  }

  /// Records in one look.
  private static let page = 1000
  /// Chains that are younger may have no signature yet.
  private static let youth: Duration = .seconds(180)

  let terms: AuditVerifier.Terms
  let youngSince: WallTime
  var chains: [Int64: Chain] = [:]
  /// Of each chain the head that was looked for last: most lists name the same ones as the list before.
  private var checked: [Int64: AuditChain] = [:]
  /// Of each chain the highest number that a signed list names.
  var vouched: [Int64: Int64] = [:]
  private var newestList: (place: WriterPlace, time: WallTime)?

  package init(_ terms: AuditVerifier.Terms, now: WallTime = .now) {
    self.terms = terms
    youngSince = terms.unsigned?.since ?? WallTime(microseconds: now.microseconds - Self.youth.microseconds)
  }

  /// - Throws: `AuditFinding` where something is wrong, and what the source throws.
  package mutating func verify(_ source: some ChainSource) throws -> Summary {
    var last: Int64 = 0
    while let chain = try source.chain(after: last) {
      try follow(chain, source)
      last = chain.writer
    }
    // Chains grew after they were followed, and lists that were read later name what was written since.
    while let (writer, seq) = checked.first(where: { $0.value.seq > chains[$0.key]?.reached ?? 0 })
      .map({ ($0.key, $0.value.seq) })
    {
      try follow(writer, through: seq, source)
    }
    try checkExpected()
    try checkVouched()
    return summary
  }

  private var summary: Summary {
    var summary = Summary()
    for chain in chains.values where chain.verifier.chain != nil {
      summary.chains += 1
      summary.records += chain.verifier.summary.records
      summary.checkpoints += chain.verifier.summary.checkpoints
      summary.lists += chain.verifier.summary.lists
    }
    summary.newestIsList = newestList != nil
    summary.newest =
      newestList?.place
      ?? chains.filter { $0.value.verifier.chain != nil }.max { $0.key < $1.key }.flatMap { writer, chain in
        chain.verifier.chain.map { WriterPlace(writer: writer, $0) }
      }
    return summary
  }

  // MARK: - A chain

  private mutating func follow(_ found: FleetChain, _ source: some ChainSource) throws {
    let writer = found.writer
    guard let replica = found.replica else {
      throw AuditFinding(.edited, nil, "there are records, and there is no such writer").of(writer)
    }
    var terms = terms
    (terms.unsigned, terms.wantsSignatures) = (nil, false)
    var chain = Chain(replica: replica, verifier: AuditVerifier(terms))
    chain.verifier.writer = writer
    chain.verifier.collectsLists = true
    while true {
      let page = try source.page(of: writer, after: chain.last, most: Self.page)
      try take(page, of: writer, into: &chain, source)
      guard page.rows.count < Self.page else { continue }
      try naming(writer) { () throws(AuditFinding) in try finish(&chain, page.notes) }
      break
    }
    chains[writer] = chain
  }

  /// Goes on with a chain up to a record that has been written since.
  private mutating func follow(_ writer: Int64, through seq: Int64, _ source: some ChainSource) throws {
    guard var chain = chains[writer] else {
      guard let found = try source.chain(after: writer - 1), found.writer == writer else {
        throw AuditFinding(.gap, nil, "the chain is missing").of(writer)
      }
      try follow(found, source)
      // Dropped, or it would have been found missing.
      if (chains[writer]?.reached ?? 0) < seq { checked[writer] = nil }
      return
    }
    while chain.last < seq {
      let page = try source.page(of: writer, after: chain.last, most: min(Self.page, Int(clamping: seq - chain.last)))
      try take(page, of: writer, into: &chain, source)
      if page.rows.isEmpty {
        chain.dropped = max(chain.dropped, page.notes.anchor?.seq ?? 0)
        guard chain.dropped >= seq else {
          throw AuditFinding.gap(from: chain.last + 1, to: seq, nil).of(writer)
        }
        break
      }
    }
    chains[writer] = chain
  }

  private mutating func take(
    _ page: TablePage, of writer: Int64, into chain: inout Chain, _ source: some ChainSource
  ) throws {
    if let first = page.rows.first, first.seq == 1, chain.last == 0 {
      let start = ChainStart(record: first.record)
      guard start.map({ $0.writer == writer && $0.replica == chain.replica }) ?? true else {
        throw Self.strangeChain.of(writer)
      }
      chain.start = start
      // One that was taken over from a file says it at its end.
      chain.isUnopened = start == nil
      if let before = start?.predecessor, before.place.seq > 0 {
        guard let found = try source.find([before]).first else { return }
        try check(before, found, "the chain of writer \(writer) goes on from")
      }
    }
    try naming(writer) { () throws(AuditFinding) in
      try chain.verifier.take(page)
      for row in page.rows { try note(row, of: writer, in: &chain) }
    }
    chain.oldest = chain.verifier.oldest
    let lists = chain.verifier.lists
    chain.verifier.lists = []
    for list in lists { note(list, page) }
    try check(lists, source)
  }

  private static let strangeChain = AuditFinding(
    .edited, nil, seq: 1, "the chain does not begin with a record that says it is this writer's")

  /// Looks for the record that closes a chain which was taken over from a file: it is the last but for a checkpoint.
  private func note(_ row: TablePage.Row, of writer: Int64, in chain: inout Chain) throws(AuditFinding) {
    guard chain.closing == nil else {
      guard ChainMark.isCheckpoint(row.record) else {
        throw AuditFinding(.edited, nil, seq: row.seq, "the record stands behind the one that closed the chain")
      }
      return
    }
    guard let mark = ChainImport(record: row.record) else { return }
    guard mark.writer == writer, mark.replica == chain.replica else { throw Self.strangeChain }
    chain.closing = (mark, row.time)
  }

  /// The end of the table's rows of this chain, with what was noted at that moment.
  private func finish(_ chain: inout Chain, _ notes: AuditNotes) throws(AuditFinding) {
    guard !chain.isUnopened || chain.closing != nil else { throw Self.strangeChain }
    // Nothing of the database's can have vouched for it before.
    if let time = chain.closing?.time { chain.oldest = time }
    let verifier = chain.verifier
    var end = verifier.chain ?? .start
    if let anchor = notes.anchor, anchor.seq >= end.seq, anchor.place != end {
      guard anchor.seq > end.seq else {
        throw AuditFinding(.edited, nil, seq: anchor.seq, "the note of what was pruned is about another record")
      }
      // Nothing is left behind it.
      try verifier.checkAnchor(anchor)
      end = anchor.place
    }
    chain.dropped = notes.anchor?.seq ?? 0
    let head = notes.head ?? .start
    guard end.seq >= head.seq else {
      throw AuditFinding(.truncated, nil, seq: end.seq, "this is the last record, but the writer had \(head.seq)")
    }
    guard end == head else {
      throw AuditFinding(.edited, nil, seq: end.seq, "the chain goes on behind where its writer ended, at \(head.seq)")
    }
  }

  // MARK: - What chains say of each other

  private mutating func note(_ list: FleetHeads, _ page: TablePage) {
    guard let row = page.rows.first(where: { $0.seq == list.seq }) else { return }
    if newestList.map({ $0.time.microseconds <= row.time.microseconds }) ?? true {
      newestList = (
        WriterPlace(writer: list.own.writer, AuditChain(seq: row.seq, hash: row.hash)), row.time
      )
    }
  }

  private mutating func check(_ lists: [FleetHeads], _ source: some ChainSource) throws {
    var sought: [WriterPlace] = []
    for list in lists {
      for end in list.heads.map(\.end) {
        if list.isSigned { vouched[end.writer] = max(vouched[end.writer] ?? 0, end.place.seq) }
        guard checked[end.writer] != end.place else { continue }
        checked[end.writer] = end.place
        sought.append(end)
      }
    }
    for start in stride(from: 0, to: sought.count, by: Self.page) {
      let part = Array(sought[start..<min(start + Self.page, sought.count)])
      for (place, found) in zip(part, try source.find(part)) { try check(place, found, "a list of heads names") }
    }
  }

  /// - Parameter named: who says that there is this record.
  private func check(_ wanted: WriterPlace, _ found: FoundPlace, _ named: String) throws(AuditFinding) {
    let (seq, hash) = (wanted.place.seq, wanted.place.hash)
    if let known = found.hash {
      guard known == hash else {
        throw AuditFinding(.edited, nil, seq: seq, "\(named) another record").of(wanted.writer)
      }
      return
    }
    if let dropped = found.dropped, dropped.seq >= seq {
      guard dropped.seq > seq || dropped.hash == hash else {
        throw AuditFinding(.edited, nil, seq: seq, "\(named) another record than the one that was pruned")
          .of(wanted.writer)
      }
      return
    }
    throw AuditFinding(
      found.isKnown ? .truncated : .gap, nil, seq: seq,
      found.isKnown ? "\(named) this record, and it is missing" : "\(named) this record, and its whole chain is missing"
    ).of(wanted.writer)
  }

  private func naming(_ writer: Int64, _ body: () throws(AuditFinding) -> Void) throws(AuditFinding) {
    do throws(AuditFinding) { try body() } catch { throw error.of(writer) }
  }
}
