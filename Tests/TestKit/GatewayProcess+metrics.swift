extension GatewayProcess {
  /// What the admin door says of a metric without labels.
  package func metric(_ name: String) throws -> Int {
    let line = try admin("/metrics").text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
    return try unwrap(line.flatMap { Int($0.dropFirst(name.count + 1)) }, "no metric \(name)")
  }
}
