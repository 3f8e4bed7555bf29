internal import Gateway

extension FileReader {
  static let serverKeys = [
    "listen", "workers", "max_body", "header_timeout", "body_timeout", "idle_timeout", "max_connections", "drain",
  ]
  static let listenKeys = ["address", "tls", "insecure"]
  static let drainKeys = ["delay", "timeout"]
  static let adminKeys = ["listen", "key_sha256"]

  /// How long a timeout may be.
  static let timeouts: ClosedRange<Duration> = .milliseconds(1) ... .seconds(600)
  /// What a body may be limited to: below the least no create fits, beyond the most nothing that is one.
  static let bodySizes = 1024...(16 << 20)
  static let workerCounts = 0...256
  static let connectionCounts = 1...1_000_000

  /// - Parameters:
  ///   - places: gets what is listened on.
  ///   - tls: gets the TLS of those that have it.
  func server(_ root: Section, _ places: inout ListenPlaces, _ tls: inout [ReadTLS]) -> ServerSettings {
    var server = ServerSettings()
    guard let section = root.section("server", known: Self.serverKeys) else {
      for listen in server.listen { _ = places.add(listen.address, at: root.position) }
      return server
    }
    if let listen = section["listen"] {
      let read = list(listen, "server.listen").compactMap { self.listen($0, &places, &tls) }
      if !read.isEmpty { server.listen = read }
    } else {
      for listen in server.listen { _ = places.add(listen.address, at: section.position) }
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

  /// An address alone, or a mapping that says more of it.
  private func listen(
    _ value: YAMLValue, _ places: inout ListenPlaces, _ all: inout [ReadTLS]
  ) -> ListenSettings? {
    guard case .mapping = value.content else {
      return listenAddress(value, "server.listen", &places).map(ListenSettings.init)
    }
    guard let section = section(value, "server.listen", known: Self.listenKeys),
      let place = section.required("address"), let address = listenAddress(place, "server.listen.address", &places)
    else { return nil }
    var settings = ListenSettings(address)
    if let value = section["tls"] {
      let read = tls(value, at: address)
      if let read { all.append(read) }
      // Where it can't be read, that is told, and nothing else is to be said of it.
      settings.tls = read?.settings ?? TLSSettings(certificate: "", key: "")
    }
    settings.isInsecure = section.boolean("insecure") ?? false
    return settings
  }

  func admin(_ root: Section, _ places: inout ListenPlaces) -> AdminSettings? {
    guard let section = root.section("admin", known: Self.adminKeys), let value = section.required("listen"),
      let address = listenAddress(value, "admin.listen", &places)
    else { return nil }
    return AdminSettings(
      listen: address, keyDigest: section["key_sha256"].flatMap { keyDigest($0, "admin.key_sha256") })
  }
}
