package import EventLoop
internal import Gateway

/// Which audit records are wanted: those for which all that is said holds. Where several values are given for one thing, each
/// of them is right; where none is, any is.
package struct RecordFilter: Sendable {
  /// Not older than this.
  package var since: WallTime?
  /// Older than this.
  package var until: WallTime?
  /// With a higher number than this.
  package var after: Int64?
  /// In a shared ledger, whose record that is; then those are meant that are later than it.
  package var afterWriter: Int64?
  /// In a shared ledger, names of the replicas.
  package var replicas: [String] = []
  package var teams: [String] = []
  package var callers: [String] = []
  package var commandIDs: [String] = []
  package var decisions: [String] = []
  /// Checkpoints and lists of heads are records too, but decide nothing.
  package var includesCheckpoints = false
  /// What stands in the record alone, and in no column beside it.
  package var content = RecordContent()

  package init() {}

  /// Whether it may leave out a record between two others.
  package var isSelection: Bool { columns.contains { !$0.values.isEmpty } || !content.isEmpty }

  /// What a row has beside its record, by the names that every store has for it.
  package var columns: [(name: String, values: [String])] {
    [
      ("team", teams), ("caller", callers), ("command_id", commandIDs.map { AuditText($0).text }),
      ("decision", decisions),
    ]
  }
}
