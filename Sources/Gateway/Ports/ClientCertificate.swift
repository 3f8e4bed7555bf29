package import EventLoop

/// A caller's certificate, verified in the handshake by the listener's authorities.
package final class ClientCertificate: Sendable, Equatable {
  /// What it names its owner.
  package let names: [CertificateName]
  /// Until when it may be used.
  package let end: WallTime

  package init(names: [CertificateName], end: WallTime) {
    self.names = names
    self.end = end
  }

  package static func == (left: ClientCertificate, right: ClientCertificate) -> Bool {
    left === right || left.names == right.names && left.end == right.end
  }
}
