package import Gateway

/// What only the machine can tell of a configuration that is right by itself: asked by `check`, for each thing that `serve`
/// would open. Each says what would keep it from being opened, or nil. Nothing is made, and nothing is taken from a gateway
/// that runs.
package struct MachineProbe {
  let listening: (ListenAddress) -> String?
  let ledger: (LedgerSettings) -> String?
  let sink: (AuditSettings.Sink, LedgerSettings) -> String?

  package init(
    listening: @escaping (ListenAddress) -> String?, ledger: @escaping (LedgerSettings) -> String?,
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
    if let reason = ledger(gateway.ledger) {
      gateway.reader.report(gateway.ledgerPosition, "ledger.path: \(reason)")
    }
    for (index, position) in gateway.sinkPositions.enumerated() where !faulty.contains(index) {
      if let reason = sink(gateway.audit.sinks[index], gateway.ledger) {
        gateway.reader.report(position, "audit.sinks: \(reason)")
      }
    }
  }
}
