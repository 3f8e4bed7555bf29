import Certificates
import Configuration
import Foundation
import Gateway
import TestKit
import Testing

@Suite("TLS of a listener")
struct TLSFileTests {
  private let scratch: Scratch
  private let authority: TestAuthority
  private let pair: TestAuthority.Pair

  init() throws {
    scratch = try Scratch()
    authority = try TestAuthority("authority", in: scratch)
    pair = try authority.sign("server")
    chmodKey(pair.key)
  }

  private func text(_ certificate: String, _ key: String, _ authorities: String? = nil) -> String {
    let authorities = authorities.map { ", client_ca: \"\($0)\"" } ?? ""
    return """
      server:
        listen:
          - address: 0.0.0.0:8443
            tls: {certificate: "\(certificate)", key: "\(key)"\(authorities)}

      """
  }

  /// Of `gateway.yaml` with these files.
  private func errors(_ certificate: String, _ key: String, _ authorities: String? = nil) throws -> [String] {
    try Sandbox.good(text(certificate, key, authorities)).errors()
  }

  private func warnings(_ certificate: String, _ key: String, _ authorities: String? = nil) throws -> [String] {
    try Sandbox.good(text(certificate, key, authorities)).load().warnings
  }

  @Test("is read, watched, and no warning: nobody reads what crosses the network")
  func good() throws {
    let loaded = try Sandbox.good(text(pair.certificate, pair.key, authority.path)).load()
    #expect(loaded.warnings == [])
    let settings = TLSSettings(certificate: pair.certificate, key: pair.key, clientAuthorities: authority.path)
    #expect(loaded.server.listen.map(\.tls) == [settings])
    #expect(Set(loaded.tlsFiles.map(\.path)) == [pair.certificate, pair.key, authority.path])
    #expect(loaded.ownCertificates.map(\.path) == [pair.certificate])
    let month: Int64 = 30 * 86_400
    let now = Int64(time(nil))
    #expect(loaded.ownCertificates.allSatisfy { (now + month - 600...now + month).contains($0.end) })
  }

  @Test("an anonymous caller may be, too")
  func anonymous() throws {
    let sandbox = try Sandbox.good(text(pair.certificate, pair.key))
    try sandbox.write("teams/support.yaml", Sandbox.team.replacing("}]", with: "}, {name: anyone, anonymous: true}]"))
    #expect(sandbox.errors() == [])
  }

  @Test("paths are relative to the file")
  func relative() throws {
    let sandbox = try Sandbox.good(text("tls/a.pem", "tls/a.key"))
    #expect(sandbox.errors().map { $0.prefix(4) } == ["8:26", "8:44"])
    #expect(sandbox.errors()[0].contains(sandbox.path("tls/a.pem")))
  }

  @Test("a certificate that isn't there, is none, has ended or begins later is an error at its place")
  func certificate() throws {
    let none = try scratch.write("no certificate", to: "none.pem")
    let ended = try authority.sign("ended") { ($0.begin, $0.end) = (-7200, -3600) }
    let later = try authority.sign("later") { ($0.begin, $0.end) = (3600, 7200) }
    for (file, key, words) in [
      (scratch.path("absent.pem"), pair.key, "can't be opened: No such file"),
      (none, pair.key, "holds no PEM certificate"),
      (scratch.url.path, pair.key, "is no regular file"),
      (ended.certificate, ended.key, "has ended on 20"), (later.certificate, later.key, "begins on 20"),
    ] {
      let found = try errors(file, key)
      #expect(
        found.count == 1 && found[0].hasPrefix("8:26 server.listen.tls.certificate: ") && found[0].contains(words),
        "\(found)")
    }
  }

  @Test("one that has ended and is in force already is a warning: all else can be changed meanwhile")
  func ended() throws {
    let ended = try authority.sign("ended") { ($0.begin, $0.end) = (-60, 1) }
    chmodKey(ended.key)
    let sandbox = try Sandbox.good(text(ended.certificate, ended.key))
    let before = try sandbox.load()
    try wait { !sandbox.errors().isEmpty }
    let after = try ConfigurationLoader.load(
      path: sandbox.path("gateway.yaml"), environment: Sandbox.environment, inForce: before)
    #expect(after.warnings.count == 1 && after.warnings[0].contains("has ended on"), "\(after.warnings)")
  }

  @Test("a key that is absent, none, locked or another's is an error at its place")
  func key() throws {
    let other = try authority.sign("other")
    let locked = try scratch.write(
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n", to: "locked.key")
    for (file, words) in [
      (scratch.path("absent.key"), "can't be opened: No such file"), (pair.certificate, "holds no PEM private key"),
      (locked, "holds no PEM private key"), (other.key, "is not the key to"),
    ] {
      let found = try errors(pair.certificate, file)
      let column = 26 + pair.certificate.count + 9
      #expect(
        found.count == 1 && found[0].hasPrefix("8:\(column) server.listen.tls.key: ") && found[0].contains(words),
        "\(found)")
      #expect(!found.joined().contains("BEGIN"))
    }
  }

  @Test("a key that every user can read is a warning")
  func openKey() throws {
    #expect(chmod(pair.key, 0o644) == 0)
    let found = try warnings(pair.certificate, pair.key)
    #expect(found.count == 1 && found[0].contains("has mode 644: every user"), "\(found)")
    #expect(chmod(pair.key, 0o640) == 0)
    #expect(try warnings(pair.certificate, pair.key) == [])
  }

  @Test("authorities without a certificate are an error")
  func authorities() throws {
    let found = try errors(pair.certificate, pair.key, pair.key)
    #expect(found.count == 1 && found[0].contains("server.listen.tls.client_ca: \(pair.key) holds no PEM certificate"))
  }

  @Test("what is missing, unknown or on a Unix socket is an error")
  func form() throws {
    let sandbox = { (tls: String, address: String) in
      try Sandbox.good("server: {listen: [{address: \"\(address)\", tls: \(tls)}]}\n").errors()
    }
    #expect(
      try sandbox("{}", "127.0.0.1:1") == [
        "5:49 server.listen.tls.certificate is missing", "5:49 server.listen.tls.key is missing",
      ])
    #expect(try sandbox("true", "127.0.0.1:1") == ["5:49 server.listen.tls must be a mapping, is the boolean true"])
    let unknown = try sandbox("{certificate: \(pair.certificate), key: \(pair.key), ca: x}", "127.0.0.1:1")
    #expect(unknown.count == 1 && unknown[0].contains("unknown key ca in server.listen.tls"), "\(unknown)")
    let socket = try sandbox("{certificate: \(pair.certificate), key: \(pair.key)}", "unix:/run/a.sock")
    #expect(socket.count == 1 && socket[0].contains("a Unix socket has none"), "\(socket)")
  }

  private func team(_ callers: String, asks: Bool = true) throws -> [String] {
    let sandbox = try Sandbox.good(text(pair.certificate, pair.key, asks ? authority.path : nil))
    try sandbox.write("teams/support.yaml", "version: 1\nteam: support\ncallers: [\(callers)]\n")
    return sandbox.errors()
  }

  @Test("callers are known by a URI or a DNS name")
  func callers() throws {
    #expect(
      try team(
        "{name: a, tls_san: \"spiffe://example/a\"}, {name: b, tls_san: \"spiffe://example/A\"}, {name: c, tls_san: a.b}"
      )
        == [])
    for (name, words) in [
      ("\"*.example\"", "one with a wildcard is nobody's"), ("192.0.2.1", "neither an IP address nor"),
      ("\"a b\"", "must be a URI"), ("\"a..b\"", "must be a URI"), ("\"\"", "must not be empty"),
      ("7", "must be a text"),
    ] {
      let found = try team("{name: a, tls_san: \(name)}")
      #expect(found.count == 1 && found[0].hasPrefix("3:30 callers.tls_san") && found[0].contains(words), "\(found)")
    }
  }

  @Test("one name is one caller, in either case where it is of DNS")
  func duplicates() throws {
    let found = try team("{name: a, tls_san: Pbx.Example}, {name: b, tls_san: pbx.example}")
    #expect(found.count == 1 && found[0].contains("callers: pbx.example is a caller already"), "\(found)")
  }

  @Test("a caller's certificate that no listener asks for is an error")
  func unasked() throws {
    let found = try team("{name: a, tls_san: pbx.example}", asks: false)
    #expect(
      found.count == 1 && found[0].hasPrefix("3:30 callers.tls_san: no listener asks for a certificate"), "\(found)")
  }
}

private func chmodKey(_ path: String) { chmod(path, 0o600) }
