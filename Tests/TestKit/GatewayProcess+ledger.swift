internal import GRDB

extension GatewayProcess {
  /// Makes all commands in the ledger older, as if so many seconds had passed. This gateway must have ended.
  package func age(by seconds: Int) throws {
    let microseconds = seconds * 1_000_000
    let database = try DatabaseQueue(path: scratch.path("ledger.db"))
    try database.write { database in
      try database.execute(
        sql: "UPDATE commands SET first_sent = first_sent - ?1, boot_sent = boot_sent - ?1", arguments: [microseconds])
    }
    try database.close()
  }
}
