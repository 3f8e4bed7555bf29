extension GatewayProcess {
  /// What the admin listener says of a metric, over all of its series.
  package func metric(_ name: String, _ labels: [String: String] = [:]) throws -> Int {
    Int(try unwrap(metrics().value(name, labels), "no metric \(name)"))
  }

  /// A page of metrics, which obeys its format.
  package func metrics(accept: String? = nil) throws -> Exposition {
    let reply = try metricsPage(accept: accept)
    guard reply.status == 200, let type = reply.headers["content-type"] else { throw Failure("no page of metrics") }
    return try Exposition(reply.text, isOpenMetrics: type.hasPrefix("application/openmetrics-text"))
  }

  package func metricsPage(_ method: String = "GET", accept: String? = nil) throws -> WireReply {
    let client = try WireClient(address: unwrap(addresses.last, "no listener"))
    try client.send(
      WireClient.request(method, "/metrics", "", key: nil, headers: accept.map { ["Accept: \($0)"] } ?? []))
    return try client.readReply()
  }
}
