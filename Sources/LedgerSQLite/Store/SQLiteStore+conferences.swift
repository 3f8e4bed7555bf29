internal import EventLoop
internal import Gateway
internal import Ledger

extension SQLiteStore {
  func owners(of conferenceIDs: [String]) throws(LedgerError) -> [ConferenceOwner?] {
    var owners: [ConferenceOwner?] = []
    for id in conferenceIDs {
      statements.readOwner.bind(1, id)
      owners.append(
        try statements.readOwner.first { (row) throws(LedgerError) in
          ConferenceOwner(team: row.string(0), token: row.isNull(1) ? nil : TokenDigest(bytes: row.bytes(1)))
        })
    }
    return owners
  }

  func remember(_ conferenceID: String, of row: Int64, settled: WallTime) throws(LedgerError) {
    statements.insertOwner.bind(1, row)
    statements.insertOwner.bind(2, conferenceID)
    statements.insertOwner.bind(3, settled.microseconds)
    try statements.insertOwner.run()
  }

  func recallConferences(settledSince time: WallTime) throws(LedgerError) {
    // Rows lie in the order of their first send, and what was settled since may have been sent a while before.
    let firstSent = time.microseconds - Self.longestDoubt.microseconds
    try statements.newestOutcomes.forEach { (row) throws(LedgerError) in
      let settled = WallTime(microseconds: row.integer(2))
      if settled >= time { try remember(row.string(1), of: row.integer(0), settled: settled) }
      return row.integer(3) >= firstSent
    }
  }

  /// How long after its first send a command's conference may be found and can still live.
  private static let longestDoubt: Duration = .seconds(3600)

  func forgetConferences(
    settledBefore time: WallTime, behind id: String?, limit: Int64
  ) throws(LedgerError) -> String? {
    var old: [String] = []
    var last: String?
    statements.oldOwners.bind(1, id ?? "")
    statements.oldOwners.bind(2, limit)
    try statements.oldOwners.forEach { (row) throws(LedgerError) in
      last = row.string(0)
      if row.integer(1) < time.microseconds { old.append(row.string(0)) }
      return true
    }
    for id in old {
      statements.deleteOwner.bind(1, id)
      try statements.deleteOwner.run()
    }
    return last
  }
}
