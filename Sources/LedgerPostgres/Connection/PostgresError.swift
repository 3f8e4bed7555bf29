/// Why something asked of the database was not done, or not known to be done.
package struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// No connection, or it ended before anything was sent. To be tried again.
    case unreachable
    /// One of both sides didn't prove who it is: password, certificate, channel binding, or no right to connect.
    case authentication
    /// The deadline passed before anything was sent.
    case timeout
    /// The connection ended, or the deadline passed, after something was sent, or a commit wasn't acknowledged by the synchronous
    /// standby: it may be done, or be done yet. Only a fence tells.
    case outcomeUnknown
    /// Rolled back for what others did at the same time (serialization, deadlock, lock timeout). To be tried again as it is.
    case transient
    /// Rolled back, since another replica was sooner with something: SQLSTATE CV004.
    case conflict
    /// Rolled back, because somebody asked the server to, or `statement_timeout` did.
    case cancelled
    /// Another one has taken this writer's place: SQLSTATE CV001.
    case fenced
    /// The database has less than it had acknowledged: a server was promoted that had not all of it, or an old copy was put in place.
    case forgotten
    /// No schema of ours, or one that this version doesn't know.
    case schema
    /// The server is set so that it can't keep what it says it keeps, or is too old.
    case settings
    /// The role may not do this.
    case permission
    /// A statement of ours is wrong, or the server is out of something.
    case other
  }

  package let kind: Kind
  /// Five characters (PostgreSQL, appendix A); empty where the error is not the server's.
  package let sqlState: String
  package let text: String
  /// Of an earlier error, for which this one stands: it isn't tried again yet.
  package let cause: Kind?

  package init(_ kind: Kind, _ text: String, sqlState: String = "", cause: Kind? = nil) {
    (self.kind, self.text, self.sqlState, self.cause) = (kind, text, sqlState, cause)
  }

  package var description: String { sqlState.isEmpty ? "\(kind): \(text)" : "\(kind): \(text) (\(sqlState))" }

  /// An error of a statement, after which the transaction is certainly rolled back.
  static func ofStatement(_ sqlState: String, _ text: String) -> PostgresError {
    let kind: Kind =
      switch sqlState {
      case "40001", "40P01", "55P03": .transient
      case "57014": .cancelled
      case "CV001": .fenced
      case "CV004": .conflict
      case "CV002", "3F000", "42P01", "42883": .schema
      case "42501": .permission
      default: .other
      }
    return PostgresError(kind, text, sqlState: sqlState)
  }

  /// Why there is no connection. While there is none, libpq gives the code only within its text, as verbose errors have it:
  /// `FATAL:  28P01: password authentication failed`; and its own errors, which concern TLS and SCRAM, have none.
  static func ofConnecting(_ text: String) -> PostgresError {
    let words = text.split(separator: "\n").first { $0.contains("FATAL:") }?.split(separator: " ") ?? []
    let sqlState =
      words.lazy.filter { $0.utf8.count == 6 && $0.last == ":" && $0 != "FATAL:" }
      .first.map { String($0.dropLast()) } ?? ""
    let isUnproven =
      sqlState.hasPrefix("28")
      || sqlState.isEmpty
        && ["certificate", "SSL", "channel binding", "SCRAM", "password"].contains { text.contains($0) }
    let kind: Kind =
      if isUnproven { .authentication } else if sqlState == "42501" { .permission } else { .unreachable }
    let line = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }.joined(separator: "; ")
    return PostgresError(kind, line, sqlState: sqlState)
  }
}
