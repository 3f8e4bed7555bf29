internal import Gateway

extension FileReader {
  static let serverKeys = [
    "listen", "workers", "max_body", "header_timeout", "body_timeout", "idle_timeout", "max_connections", "drain",
  ]
  static let drainKeys = ["delay", "timeout"]
  static let adminKeys = ["listen", "key_sha256"]

  /// How long a timeout may be.
  static let timeouts: ClosedRange<Duration> = .milliseconds(1) ... .seconds(600)
  /// What a body may be limited to: below the least no create fits, beyond the most nothing that is one.
  static let bodySizes = 1024...(16 << 20)
  static let workerCounts = 0...256
  static let connectionCounts = 1...1_000_000

  /// - Parameter places: gets what is listened on.
  func server(_ root: Section, _ places: inout ListenPlaces) -> ServerSettings {
    var server = ServerSettings()
    guard let section = root.section("server", known: Self.serverKeys) else {
      for address in server.listen { _ = places.add(address, at: root.position) }
      return server
    }
    if let listen = section["listen"] {
      let read = list(listen, "server.listen").compactMap { listenAddress($0, "server.listen", &places) }
      if !read.isEmpty { server.listen = read }
    } else {
      for address in server.listen { _ = places.add(address, at: section.position) }
    }
    server.workers = section.integer("workers", in: Self.workerCounts) ?? server.workers
    server.maxBody = section.size("max_body", in: Self.bodySizes) ?? server.maxBody
    server.headerTimeout = section.duration("header_timeout", in: Self.timeouts) ?? server.headerTimeout
    server.bodyTimeout = section.duration("body_timeout", in: Self.timeouts) ?? server.bodyTimeout
    server.idleTimeout = section.duration("idle_timeout", in: Self.timeouts) ?? server.idleTimeout
    server.maxConnections = section.integer("max_connections", in: Self.connectionCounts) ?? server.maxConnections
    if let drain = section.section("drain", known: Self.drainKeys) {
      server.drainDelay = drain.duration("delay", in: .zero ... .seconds(600)) ?? server.drainDelay
      server.drainTimeout = drain.duration("timeout", in: Self.timeouts) ?? server.drainTimeout
    }
    return server
  }

  func admin(_ root: Section, _ places: inout ListenPlaces) -> AdminSettings? {
    guard let section = root.section("admin", known: Self.adminKeys), let value = section.required("listen"),
      let address = listenAddress(value, "admin.listen", &places)
    else { return nil }
    return AdminSettings(
      listen: address, keyDigest: section["key_sha256"].flatMap { keyDigest($0, "admin.key_sha256") })
  }
}
