internal import Ledger

extension LedgerError {
  /// What an error of the database's means to the ledger.
  init(_ error: PostgresError) {
    let kind: Kind =
      switch error.kind {
      case _ where error.sqlState == PostgresError.diskFull: .full
      case .unreachable, .timeout, .outcomeUnknown, .cancelled, .authentication, .permission: .unreachable
      case .transient, .conflict: .conflict
      case .fenced: .fenced
      case .forgotten: .forgotten
      case .schema, .settings, .other: .failed
      }
    self.init(kind, error.description, reason: error.reason)
  }
}

extension PostgresError {
  static let diskFull = "53100"

  /// What has happened, for whoever asks whether the gateway is ready: in our words, since the server's may have anything in them.
  var reason: String {
    switch (cause ?? kind, sqlState) {
    case (_, Self.diskFull): "the database's disk is full"
    case (_, "53300"): "the database takes no more connections"
    case (_, "57P03"): "the database is starting or stopping"
    case (_, "3D000"): "there is no such database"
    case (_, "25006"): "the database is read-only"
    case (.unreachable, _): "the database can't be reached"
    case (.timeout, _): "the database gives no answer"
    case (.outcomeUnknown, _): "the database ended the connection, or gives no answer"
    case (.authentication, _): "the database and this process don't accept each other's password or certificate"
    case (.cancelled, _): "the database cut a statement short"
    case (.permission, _): "this role may not use the ledger's functions"
    case (.transient, _), (.conflict, _): "others hold what was to be written"
    case (.fenced, _), (.forgotten, _), (.schema, _), (.settings, _): sqlState.isEmpty ? text : "\(text) (\(sqlState))"
    case (.other, _): "the database refused a statement\(sqlState.isEmpty ? "" : " (\(sqlState))")"
    }
  }
}
