import Certificates
import Crypto
import Gateway
import Glibc
import LedgerPostgres
import TestKit
import Testing

@Suite struct AuthenticationTests {
  static let password = "example-not-a-secret"

  /// A server that wants TLS and SCRAM of everyone who comes by TCP, and a certificate of `pinned`.
  struct Site {
    let scratch: Scratch
    let authority: TestAuthority
    let server: PostgresServer

    init() throws {
      let scratch = try Scratch()
      let authority = try TestAuthority("ours", in: scratch)
      let pair = try authority.sign("server")
      let authorityPath = authority.path
      self.scratch = scratch
      self.authority = authority
      server = try PostgresServer {
        $0.tls = pair
        $0.access = [
          "local all all trust", "hostssl all pinned all cert", "hostssl all all all scram-sha-256",
        ]
        $0.authority = authorityPath
        $0.settings["listen_addresses"] = "127.0.0.1,127.0.0.2"
      }
      try server.run(
        "CREATE ROLE serving LOGIN PASSWORD '\(AuthenticationTests.password)'; CREATE ROLE pinned LOGIN")
    }

    func settings(
      _ host: String = "127.0.0.1", user: String = "serving", _ change: (inout PostgresSettings) -> Void = { _ in }
    ) -> PostgresSettings {
      server.networkSettings(host, user: user) {
        $0.tls = .verifyFull
        $0.rootCertificate = authority.path
        $0.password = Secret(Array(AuthenticationTests.password.utf8))
        change(&$0)
      }
    }
  }

  @Test func bothSidesProveWhoTheyAre() throws {
    let site = try Site()
    let connection = try PostgresConnection(site.settings { $0.needsChannelBinding = true }, by: patience)
    #expect(connection.isEncrypted)
    #expect(try connection.run("SELECT current_user", by: patience).text(0, 0) == "serving")
    _ = try PostgresConnection(site.settings("localhost"), by: patience)

    // A password that is not right appears nowhere, as little as one that is.
    let wrong = failure {
      try PostgresConnection(site.settings { $0.password = Secret(Array("wrong-example".utf8)) }, by: patience)
    }
    #expect(wrong?.kind == .authentication)
    #expect(wrong?.sqlState == "28P01")
    #expect(wrong.map { !$0.description.contains("wrong-example") } == true)
    #expect(!String(describing: site.settings()).contains(Self.password))
    #expect(!String(reflecting: site.settings()).contains(Self.password))
    #expect(kind { try PostgresConnection(site.settings { $0.password = nil }, by: patience) } == .authentication)

    // The server's certificate: of another authority, with another name, of no authority at all.
    let other = try TestAuthority("other", in: site.scratch)
    let refused: [(inout PostgresSettings) -> Void] = [
      { $0.rootCertificate = other.path }, { $0.rootCertificate = nil },
      { $0.hosts = [.init("127.0.0.2", port: $0.hosts[0].port)] },
      { $0.tls = .disable },
    ]
    for change in refused {
      #expect(kind { try PostgresConnection(site.settings("127.0.0.1", change), by: patience) } == .authentication)
    }

    // A client's certificate in place of a password.
    let pair = try site.authority.signClient("pinned", nil) { $0.name = "pinned" }
    // libpq reads no key that others could read.
    chmod(pair.key, 0o600)
    let pinned = site.settings(user: "pinned") {
      ($0.password, $0.clientCertificate, $0.clientKey) = (nil, pair.certificate, pair.key)
    }
    let byCertificate = try PostgresConnection(pinned, by: patience)
    #expect(try byCertificate.run("SELECT current_user", by: patience).text(0, 0) == "pinned")
    let without = site.settings(user: "pinned")
    #expect(kind { try PostgresConnection(without, by: patience) } == .authentication)
  }

  @Test func withoutTLSThereIsNoChannelToBind() throws {
    let server = try PostgresServer.shared.get()
    let settings = server.networkSettings { $0.needsChannelBinding = true }
    #expect(kind { try PostgresConnection(settings, by: patience) } == .authentication)
  }
}
