package import Gateway

/// What only the machine can tell of a configuration that is right by itself: asked by `check`, for each thing that `serve`
/// would open. Each says what would keep it from being opened, or nil. Nothing is made, and nothing is taken from a gateway
/// that runs.
package struct MachineProbe {
  let listening: (ListenAddress) -> String?
  let ledger: (LedgerSettings) -> String?

  package init(listening: @escaping (ListenAddress) -> String?, ledger: @escaping (LedgerSettings) -> String?) {
    self.listening = listening
    self.ledger = ledger
  }

  /// Tells every obstacle at the place that speaks of it.
  func check(_ gateway: GatewayFile) {
    for (address, position) in gateway.listenPlaces.entries {
      if let obstacle = listening(address) {
        gateway.reader.report(position, "can't listen on \(address): \(obstacle)")
      }
    }
    if let obstacle = ledger(gateway.ledger) {
      gateway.reader.report(gateway.ledgerPosition, "ledger.path: \(obstacle)")
    }
  }
}
