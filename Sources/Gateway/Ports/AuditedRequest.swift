/// What is known of a request when the ledger is asked about it: one object for all who will put it on the record.
///
/// A class, because an entry is a dozen texts.
package final class AuditedRequest: Sendable {
  package let entry: AuditEntry

  package init(_ entry: consuming AuditEntry) { self.entry = entry }
}
