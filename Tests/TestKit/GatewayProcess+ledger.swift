internal import GRDB

extension GatewayProcess {
  /// Makes all commands in the ledger older, as if so many seconds had passed. This gateway must have ended.
  ///
  /// - Parameter byCalendar: other than that, as if somebody had set the clock.
  package func age(by seconds: Int, byCalendar: Int? = nil) throws {
    try Self.ageLedger(in: scratch, by: seconds, byCalendar: byCalendar)
  }

  /// Makes all commands older in a ledger that nobody has open, if there is one.
  package static func ageLedger(in scratch: Scratch, by seconds: Int, byCalendar: Int? = nil) throws {
    let database = try DatabaseQueue(path: scratch.path("ledger.db"))
    try database.write { database in
      guard try database.tableExists("commands") else { return }
      try database.execute(
        sql: "UPDATE commands SET first_sent = first_sent - ?1, boot_sent = boot_sent - ?2",
        arguments: [(byCalendar ?? seconds) * 1_000_000, seconds * 1_000_000])
    }
    try database.close()
  }
}
