import TestKit

extension GatewayProcess {
  /// A gateway is killed while it sends a command; its ledger becomes older; another one starts on it.
  ///
  /// - Parameters:
  ///   - fault: that the command meets, `hang-before` or `hang-after`.
  ///   - refusals: how many sends of it are answered before that.
  ///   - meanwhile: what happens between the two gateways.
  static func left(
    by fault: String, at simulator: SimulatorProcess, command: String = GatewayProcess.command("c-1"),
    refusals: Int = 0,
    age: Int = 120, _ change: (inout Options) -> Void = { _ in }, meanwhile: () throws -> Void = {}
  ) throws -> GatewayProcess {
    let first = try GatewayProcess(before: simulator, change)
    let (received, executed) = try (simulator.received(), simulator.executed().count)
    for _ in 0..<refusals { try simulator.queue(faults: "") }
    try simulator.queue(faults: fault)
    let client = try first.connect()
    try client.send(WireClient.request("POST", "/v2/conferences", command, key: GatewayProcess.key))
    try wait { try simulator.received() == received + refusals + 1 }
    if fault == "hang-after" { try wait { try simulator.executed().count == executed + 1 } }
    first.kill()
    try meanwhile()
    // Telnyx has forgotten the command's id by then, too.
    if age > 60 { try simulator.set(#"{"dedupe_seconds":0}"#) }
    try first.age(by: age)
    return try first.restarted()
  }
}
