internal import Gateway

/// Listeners that others than this machine can reach, and whose traffic they can read: there is no TLS, and it is neither loopback
/// nor a Unix socket.
enum OpenListeners {
  static func check(_ gateway: GatewayFile, teams: [TeamFile]) {
    let reader = gateway.reader
    for (listen, entry) in zip(gateway.server.listen, gateway.listenPlaces.entries)
    where listen.tls == nil && listen.address.isInTheOpen && !listen.isInsecure {
      reader.diagnostics.warn(
        reader.file, entry.position,
        "server.listen: \(listen.address) can be reached from other machines, and keys and commands cross the network in the"
          + " clear: give it tls; where that is meant, say so: {address: \"\(listen.address)\", insecure: true}")
      for team in teams {
        for caller in team.callers where caller.caller.credential == .anonymous {
          team.reader.report(
            caller.position,
            "callers: an anonymous caller, and \(listen.address) can be reached from other machines"
              + " (\(reader.place(entry.position))): whoever reaches it could call. Listen on 127.0.0.1 or a Unix socket,"
              + " give it tls, or say insecure: true there")
        }
      }
    }
    guard let admin = gateway.admin, admin.keyDigest != nil, admin.listen.isInTheOpen else { return }
    let place = gateway.listenPlaces.entries.last { $0.address == admin.listen }
    reader.diagnostics.warn(
      reader.file, place?.position ?? .start,
      "admin.listen: \(admin.listen) can be reached from other machines, and the key that allows a reload crosses the network in"
        + " the clear")
  }
}

extension ListenAddress {
  /// Whether more than this machine can reach it.
  fileprivate var isInTheOpen: Bool {
    switch self {
    case .tcp(let host, _): !Loopback.has(host)
    case .unix: false
    }
  }
}
