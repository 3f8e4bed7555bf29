extension GatewayProcess {
  /// Writes `gateway.yaml` and `teams/*.yaml`.
  ///
  /// - Returns: the path of `gateway.yaml`.
  package static func write(_ options: Options, to scratch: Scratch) throws -> String {
    for (name, text) in options.teams { try scratch.write(text, to: "teams/\(name).yaml") }
    return try scratch.write(text(options), to: "gateway.yaml")
  }

  private static func text(_ options: Options) -> String {
    let server =
      options.server.contains { $0.hasPrefix("listen:") } ? options.server : ["listen: [127.0.0.1:0]"] + options.server
    let upstream =
      ["url: \(options.upstream)", "tokens:"] + options.tokens.map { "  - {\($0)}" } + options.upstreamLines
    let ledger =
      options.postgres.isEmpty
      ? ["path: \"\(options.ledger)\""] : ["postgres:"] + options.postgres.map { "  \($0)" }
    return "version: 1\norganization: example\n" + section("server", server)
      + (options.admin ? section("admin", ["listen: \(options.adminListen)"] + options.adminLines) : "")
      + section("upstream", upstream)
      + section("ledger", ledger + options.ledgerLines) + section("audit", [options.audit])
      + section("tracing", options.tracing)
      + section("policy", options.policy) + section("limits", options.limits.map { "- \($0)" })
      + (options.keyless.map { "keyless: \($0)\n" } ?? "") + (options.calls.map { "calls: \($0)\n" } ?? "")
      + "teams: [teams/*.yaml]\n"
  }

  private static func section(_ name: String, _ lines: [String]) -> String {
    lines.isEmpty ? "" : "\(name):\n" + lines.map { "  \($0)\n" }.joined()
  }
}
