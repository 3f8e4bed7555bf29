extension GatewayConfiguration {
  /// What differs in another configuration and can't be changed while the process runs: sockets, threads, connections and files
  /// are made for it at the start.
  ///
  /// - Returns: the keys, as in `server.listen`.
  package func restartNeeded(for other: GatewayConfiguration) -> [String] {
    func differs<Value: Equatable>(_ key: String, _ value: (GatewayConfiguration) -> Value) -> String? {
      value(self) == value(other) ? nil : key
    }
    return [
      differs("organization", \.organization),
      differs("server.listen") { $0.server.listen.map { ($0.address.description + ($0.tls == nil ? "" : " tls")) } },
      differs("server.workers", \.server.workers),
      differs("server.max_body", \.server.maxBody),
      differs("server.header_timeout", \.server.headerTimeout),
      differs("server.body_timeout", \.server.bodyTimeout),
      differs("server.idle_timeout", \.server.idleTimeout),
      differs("server.max_connections", \.server.maxConnections),
      differs("admin.listen", \.admin?.listen),
      differs("upstream.url", \.upstream.url),
      differs("upstream.connect_timeout", \.upstream.connectTimeout),
      differs("upstream.max_connections", \.upstream.maxConnections),
      differs("upstream.ca_file", \.upstream.caFile),
      differs("upstream.pinned_public_key", \.upstream.pinnedPublicKey),
      differs("upstream.proxy", \.upstream.proxy),
      differs("upstream.http2", \.upstream.http2),
      differs("ledger", \.ledger),
      differs("audit", \.audit),
      differs("tracing.otlp", \.tracing?.endpoint),
      differs("tracing.headers") { $0.tracing?.headers ?? [] },
      differs("tracing.ca_file", \.tracing?.caFile),
    ].compactMap(\.self)
  }
}
