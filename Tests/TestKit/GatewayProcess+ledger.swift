internal import GRDB

extension GatewayProcess {
  /// Makes all commands and records in the ledger older, as if so many seconds had passed. This gateway must have ended.
  ///
  /// - Parameter byCalendar: other than that, as if somebody had set the clock.
  package func age(by seconds: Int, byCalendar: Int? = nil) throws {
    try Self.ageLedger(in: scratch, by: seconds, byCalendar: byCalendar)
  }

  /// Makes a command's outcome unknown again. This gateway must have ended.
  package func reopen(_ commandID: String) throws {
    let database = try DatabaseQueue(path: scratch.path("ledger.db"))
    try database.write { database in
      try database.execute(
        sql: "DELETE FROM outcomes WHERE id = (SELECT id FROM commands WHERE command_id = ?)", arguments: [commandID])
      try database.execute(sql: "UPDATE commands SET state = 3 WHERE command_id = ?", arguments: [commandID])
    }
    try database.close()
  }

  /// Makes all commands older in a ledger that nobody has open, if there is one.
  ///
  /// - Parameter once: only those that aren't so old yet. What they made at Telnyx keeps its own time, so a command that is
  ///   made older again and again would in the end be too old to have made it.
  package static func ageLedger(
    in scratch: Scratch, by seconds: Int, byCalendar: Int? = nil, once: Bool = false
  ) throws {
    let database = try DatabaseQueue(path: scratch.path("ledger.db"))
    try database.write { database in
      guard try database.tableExists("commands") else { return }
      if !once {
        let microseconds = (byCalendar ?? seconds) * 1_000_000
        try database.execute(sql: "UPDATE outcomes SET settled = settled - ?", arguments: [microseconds])
        try database.execute(sql: "UPDATE audit SET time = time - ?", arguments: [microseconds])
      }
      try database.execute(
        sql: """
          UPDATE commands SET first_sent = first_sent - ?1, boot_sent = boot_sent - ?2
          WHERE ?3 OR first_sent > (strftime('%s', 'now') - ?4) * 1000000
          """,
        arguments: [(byCalendar ?? seconds) * 1_000_000, seconds * 1_000_000, !once, seconds])
    }
    try database.close()
  }
}

extension GatewayProcess {
  /// Changes a ledger's file that nobody has open.
  package static func change(_ scratch: Scratch, _ sql: String) throws {
    let database = try DatabaseQueue(path: scratch.path("ledger.db"))
    try database.write { try $0.execute(sql: sql) }
    try database.close()
  }
}
