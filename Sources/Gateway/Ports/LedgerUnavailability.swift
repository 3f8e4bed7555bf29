package import EventLoop

/// Why the ledger takes no new command, and since when.
package struct LedgerUnavailability: Sendable, Equatable, CustomStringConvertible {
  /// For people, and for whoever can reach the admin listener: names hosts, and no secret.
  package let reason: String
  package let since: WallTime

  package init(_ reason: String, since: WallTime) { (self.reason, self.since) = (reason, since) }

  package var description: String { "the ledger can't be written: \(reason) (since \(since.rfc3339))" }
}
