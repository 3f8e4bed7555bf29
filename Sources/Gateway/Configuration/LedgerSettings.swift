/// `ledger`: the durable memory of commands, limits and decisions.
package struct LedgerSettings: Sendable, Equatable {
  package var place = LedgerPlace.file("/var/lib/convene/ledger.db")
  /// How long a finished command is replayed.
  package var keepCommands: Duration = .seconds(24 * 3600)
  package var keepAudit: Duration = .seconds(90 * 24 * 3600)
  /// How long one of unknown outcome is remembered. To forget it is to allow a second create.
  package var keepUnknown: Duration = .seconds(30 * 24 * 3600)

  package init() {}

  /// Of the file that it lies in; nil where it lies in none. Set to nil, it lies in memory.
  package var path: String? {
    get { if case .file(let path) = place { path } else { nil } }
    set { place = newValue.map(LedgerPlace.file) ?? .memory }
  }
}

/// `audit`: where records are copied to beside the ledger's own table.
package struct AuditSettings: Sendable, Equatable {
  package enum Sink: Sendable, Equatable {
    case stdout
    /// `rotateAt` in bytes; `keep` = how many rotated files stay.
    case file(path: String, rotateAt: Int, keep: Int)
  }

  /// How what changed nothing at Telnyx is put on the record.
  package enum Reads: String, Sendable, CaseIterable {
    /// Some time's calls of one kind in one record that says how many they were.
    case counted
    case each
  }

  package var sinks: [Sink] = []
  package var reads = Reads.counted
  /// nil = nothing is signed.
  package var checkpoint: CheckpointSettings?

  package init() {}
}
