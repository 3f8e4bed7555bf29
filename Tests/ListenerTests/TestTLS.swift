import Gateway
import Listener
import TestKit

/// The TLS of a listener under test, and who can call it.
final class TestTLS: Sendable {
  let endpoint: TLSEndpoint
  /// Trusts the listener, and has a certificate where it asks for one.
  let client: TLSClientSettings
  let scratch: Scratch

  /// - Parameter asks: whether callers must show certificates.
  init(asks: Bool = false) throws {
    scratch = try Scratch()
    let authority = try TestAuthority("authority", in: scratch)
    let server = try authority.sign("server")
    endpoint = TLSEndpoint(
      try TLSCredentials(
        TLSSettings(
          certificate: server.certificate, key: server.key, clientAuthorities: asks ? authority.path : nil)))
    client = TLSClientSettings(
      authorities: authority.path, own: asks ? try authority.signClient("caller", "URI:spiffe://example/caller") : nil)
  }
}
