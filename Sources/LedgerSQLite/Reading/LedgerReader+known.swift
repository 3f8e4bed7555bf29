package import Gateway
package import Ledger

/// What a search needs to know of a ledger before.
extension LedgerReader {
  /// Numbers of which one look sees the records.
  private static let span: Int64 = 65_536

  /// How the records' pseudonyms are made; empty where there is none yet.
  package func pseudonyms() throws(LedgerError) -> [Pseudonyms] {
    let key = try read { (connection) throws(LedgerError) in try connection.meta(.pseudonymKey) }
    return key.map { [Pseudonyms(key: $0)] } ?? []
  }

  /// The teams that records tell of, as far as had to be looked.
  ///
  /// - Parameter wanted: when each of these was found, that is enough.
  package func teams(until wanted: [String]) throws(LedgerError) -> [String] {
    var found: [String] = []
    guard let range = try bounds() else { return [] }
    // The newest first: who is asked for has most likely called of late.
    var end = range.upperBound
    while end >= range.lowerBound, !wanted.allSatisfy({ team in found.contains { $0.utf8.elementsEqual(team.utf8) } }) {
      let start = max(end - Self.span + 1, range.lowerBound)
      for team in try teams(in: start...end) where !found.contains(where: { $0.utf8.elementsEqual(team.utf8) }) {
        found.append(team)
      }
      end = start - 1
    }
    return found.sorted()
  }

  private func teams(in range: ClosedRange<Int64>) throws(LedgerError) -> [String] {
    try read { (connection) throws(LedgerError) in
      let select = try connection.statement(
        "SELECT DISTINCT team FROM audit WHERE seq >= ?1 AND seq <= ?2 AND team IS NOT NULL")
      select.bind(1, range.lowerBound)
      select.bind(2, range.upperBound)
      var teams: [String] = []
      try select.forEach { (row) throws(LedgerError) in
        teams.append(row.string(0))
        return true
      }
      return teams
    }
  }
}
