/// `server`: how callers are listened to.
package struct ServerSettings: Sendable, Equatable {
  package var listen = [ListenSettings(.tcp(host: "127.0.0.1", port: 8080))]
  /// Threads; 0 = one a core.
  package var workers = 1
  /// Bytes of a request's body.
  package var maxBody = 64 * 1024
  /// From the connection's (or the request's) first moment to the end of its head. Absolute: no byte extends it.
  package var headerTimeout: Duration = .seconds(5)
  /// From the end of the head to the end of the body. Absolute.
  package var bodyTimeout: Duration = .seconds(10)
  /// How long a connection may wait for its next request.
  package var idleTimeout: Duration = .seconds(60)
  /// Callers' connections, over all workers.
  package var maxConnections = 4096
  /// After the signal to stop: how long to go on accepting (while load balancers notice) ...
  package var drainDelay: Duration = .zero
  /// ... and how long to wait for requests under way.
  package var drainTimeout: Duration = .seconds(25)

  package init() {}
}

/// One of `server.listen`.
package struct ListenSettings: Sendable, Equatable {
  package var address: ListenAddress
  /// nil = in the clear.
  package var tls: TLSSettings?
  /// Whoever wrote the configuration knows that others can reach it, and read what crosses the network.
  package var isInsecure = false

  package init(_ address: ListenAddress) { self.address = address }
}

/// `tls` of a listener: paths of PEM files, which are read again when they change.
package struct TLSSettings: Sendable, Equatable {
  /// The listener's own certificate, and those between it and an authority that callers know.
  package var certificate: String
  /// The private key to it, without a password.
  package var key: String
  /// The authorities of callers' certificates: each caller must show one. nil = nobody is asked for one.
  package var clientAuthorities: String?

  /// Of all files.
  package var paths: [String] { [certificate, key] + (clientAuthorities.map { [$0] } ?? []) }

  package init(certificate: String, key: String, clientAuthorities: String? = nil) {
    self.certificate = certificate
    self.key = key
    self.clientAuthorities = clientAuthorities
  }
}

/// `admin`: where health and metrics are served.
package struct AdminSettings: Sendable, Equatable {
  package var listen: ListenAddress
  /// SHA-256 of the key that allows a reload, 32 bytes; nil = nobody may ask for one there.
  package var keyDigest: [UInt8]?

  package init(listen: ListenAddress, keyDigest: [UInt8]? = nil) {
    self.listen = listen
    self.keyDigest = keyDigest
  }
}

/// A socket to listen on: `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/convene/convene.sock`.
package enum ListenAddress: Sendable, Equatable, Hashable {
  /// `host` is an IP address without brackets; port 0 = any free one.
  case tcp(host: String, port: UInt16)
  case unix(path: String)
}

extension ListenAddress: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tcp(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}
