package import Gateway

/// What only the machine can tell of a configuration that is right by itself: asked by `check`, for each thing that `serve`
/// would open. Each says what would keep it from being opened, or nil. Nothing is made, and nothing is taken from a gateway
/// that runs.
package struct MachineProbe {
  /// What a look at the ledger's place has shown.
  package struct LedgerFinding {
    package var unavailability: String?
    /// Of what may be served from, and hardly should be.
    package var warnings: [String]

    package init(unavailability: String? = nil, warnings: [String] = []) {
      (self.unavailability, self.warnings) = (unavailability, warnings)
    }
  }

  let listening: (ListenAddress) -> String?
  let ledger: (LedgerSettings) -> LedgerFinding
  let sink: (AuditSettings.Sink, LedgerSettings) -> String?

  package init(
    listening: @escaping (ListenAddress) -> String?, ledger: @escaping (LedgerSettings) -> LedgerFinding,
    sink: @escaping (AuditSettings.Sink, LedgerSettings) -> String?
  ) {
    self.listening = listening
    self.ledger = ledger
    self.sink = sink
  }

  /// Tells what can't be used here, each at the place that speaks of it.
  ///
  /// - Parameter faulty: sinks of which enough has been told.
  func check(_ gateway: GatewayFile, faulty: Set<Int>) {
    for (address, position) in gateway.listenPlaces.entries {
      if let reason = listening(address) {
        gateway.reader.report(position, "can't listen on \(address): \(reason)")
      }
    }
    let found = ledger(gateway.ledger)
    let key = gateway.ledger.key
    if let reason = found.unavailability { gateway.reader.report(gateway.ledgerPosition, "\(key): \(reason)") }
    for warning in found.warnings {
      gateway.reader.diagnostics.warn(gateway.reader.file, gateway.ledgerPosition, "\(key): \(warning)")
    }
    for (index, position) in gateway.sinkPositions.enumerated() where !faulty.contains(index) {
      if let reason = sink(gateway.audit.sinks[index], gateway.ledger) {
        gateway.reader.report(position, "audit.sinks: \(reason)")
      }
    }
  }
}

extension LedgerSettings {
  /// What of the file says where the ledger lies.
  package var key: String { if case .postgres = place { "ledger.postgres" } else { "ledger.path" } }
}
