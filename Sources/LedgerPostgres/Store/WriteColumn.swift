/// The columns of what a transaction writes, as `write_v1` takes them, in its order.
enum WriteColumn: Int, CaseIterable {
  case doneRow
  case deletedRow, deletedAttempt
  case row, id, team, caller, fingerprint, isKeyless, wall, era, sinceEra, name, region, body, token, claim, claimSince
  case markedRow, markedWriter, markedAttempt, markedState
  case tokenRow, tokenDigest
  case outcomeRow, settled, conference, status, fields, reply, foundRow
  case recordTime, recordTeam, recordCaller, recordCommand, decision, record, hash
  case noteKey, noteValue

  var element: PostgresParameters.Element {
    switch self {
    case .doneRow, .deletedRow, .row, .wall, .era, .sinceEra, .markedRow, .markedWriter, .tokenRow, .outcomeRow,
      .settled, .foundRow, .recordTime, .claimSince:
      .integer64
    case .deletedAttempt, .markedAttempt, .status: .integer32
    case .markedState: .integer16
    case .isKeyless: .boolean
    case .id, .team, .caller, .name, .region, .conference, .recordTeam, .recordCaller, .recordCommand, .decision,
      .noteKey:
      .text
    case .fingerprint, .body, .token, .claim, .tokenDigest, .fields, .reply, .record, .hash, .noteValue: .bytes
    }
  }
}
