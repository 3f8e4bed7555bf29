internal import EventLoop
internal import Gateway
internal import JSON
internal import Ledger

extension PostgresStore {
  /// Some replica's team may need it, so it is remembered of all.
  var remembersConferences: Bool {
    get { true }
    set {}
  }

  func recallConferences(settledSince time: WallTime) throws(LedgerError) {}

  func owners(of conferenceIDs: [String]) throws(LedgerError) -> [ConferenceOwner?] {
    let unread = conferenceIDs.filter { owners[ByteString($0)] == nil }
    if !unread.isEmpty { try look(forOwnersOf: unread) }
    return conferenceIDs.map { owners[ByteString($0)] ?? nil }
  }

  /// Reads whose these conferences are, for this batch.
  func look(forOwnersOf conferenceIDs: [String]) throws(LedgerError) {
    if !owners.isEmpty { owners.removeAll() }
    guard !conferenceIDs.isEmpty else { return }
    for id in conferenceIDs { owners[ByteString(id)] = .some(nil) }
    var parameters = PostgresParameters()
    parameters.append(array: conferenceIDs)
    let rows = try read("owners_v1", parameters)
    for row in 0..<rows.rows {
      guard let id = rows.text(row, 0), let team = rows.text(row, 1) else { continue }
      owners[ByteString(id)] = ConferenceOwner(team: team, token: rows.bytes(row, 2).map(TokenDigest.init(bytes:)))
    }
  }

  func keepCharge(of admission: Admission) { charges.use(ByteString(admission.commandID)) }

  /// By whichever replica it is that prunes now: two of them take different rows.
  func forgetConferences(
    settledBefore time: WallTime, behind id: String?, limit: Int64
  ) throws(LedgerError) -> String? {
    var parameters = PostgresParameters()
    parameters.append(time.microseconds)
    parameters.append(Int32(clamping: limit))
    _ = try read("forget_conferences_v1", parameters)
    return nil
  }
}
