internal import Ledger

extension LedgerError {
  /// What an error of the database's means to the ledger.
  init(_ error: PostgresError) {
    let kind: Kind =
      switch error.kind {
      case .unreachable, .timeout, .outcomeUnknown, .cancelled, .authentication, .permission: .unreachable
      case .transient, .conflict: .conflict
      case .fenced: .fenced
      case .forgotten: .forgotten
      case .schema, .settings, .other: .failed
      }
    self.init(kind, error.description)
  }
}
