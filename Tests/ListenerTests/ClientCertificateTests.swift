import Certificates
import Gateway
import Listener
import Synchronization
import TestKit
import Testing

@Suite("A caller's certificate", .timeLimit(.minutes(30)))
struct ClientCertificateTests {
  private let scratch: Scratch
  private let authority: TestAuthority
  private let server: TestAuthority.Pair
  private let endpoint: TLSEndpoint
  private let listener: RunningListener

  init() throws {
    let tls = try TestTLS()
    scratch = tls.scratch
    authority = try TestAuthority("callers", in: scratch)
    server = try authority.sign("own")
    endpoint = tls.endpoint
    listener = try RunningListener(tls: tls)
    try use(authority.path)
  }

  private func use(_ authorities: String?) throws {
    endpoint.use(
      try TLSCredentials(
        TLSSettings(certificate: server.certificate, key: server.key, clientAuthorities: authorities)))
  }

  private func connect(_ own: TestAuthority.Pair?, newest: String = "1.3") throws -> WireClient {
    var settings = TLSClientSettings(own: own)
    settings.newest = newest
    return try WireClient(address: listener.address, tls: settings)
  }

  /// In TLS 1.3 a client hears of a refusal only when it reads.
  private func expectRefusal(_ own: TestAuthority.Pair?, newest: String, _ alert: String) throws {
    var words = ""
    do {
      let client = try connect(own, newest: newest)
      try? client.send(RequestTests.get("/"))
      _ = client.readToEnd()
      words = client.tlsFault ?? ""
    } catch {
      words = "\(error)"
    }
    #expect(words.contains(alert), "\(words)")
    try wait { listener.received.unsecured.withLock { $0.count } == 1 }
    #expect(try listener.requests(0).isEmpty)
    try listener.waitForConnections(0)
  }

  private func names(_ own: TestAuthority.Pair) throws -> [CertificateName] {
    let client = try connect(own)
    try client.send(RequestTests.get("/"))
    #expect(try client.readReply().status == 200)
    guard case .tls(_, let certificate) = try #require(try listener.requests(1).last).peer else { return [] }
    return certificate.names
  }

  @Test("names its owner by URIs and DNS names alone, in lower case, and never by a wildcard")
  func names() throws {
    let own = try authority.signClient(
      "caller",
      "email:a@example.com,DNS:Pbx.Voice.Example,IP:192.0.2.1,URI:spiffe://example/ns/Voice,DNS:*.example,URI:urn:x:y,DNS:192.0.2.7"
    )
    #expect(
      try names(own) == [.dns("pbx.voice.example"), .uri("spiffe://example/ns/Voice"), .uri("urn:x:y")])
  }

  @Test("is taken without a name, and names nobody then; a common name counts for nothing")
  func nameless() throws {
    #expect(try names(authority.signClient("caller", nil) { $0.name = "pbx.voice.example" }) == [])
  }

  @Test("is taken where it doesn't say what it is for")
  func anyPurpose() throws {
    #expect(try names(authority.signClient("caller", "DNS:pbx") { $0.purpose = nil }) == [.dns("pbx")])
  }

  @Test("must be there", arguments: ["1.3", "1.2"])
  func absent(newest: String) throws {
    try expectRefusal(nil, newest: newest, newest == "1.3" ? "certificate required" : "alert")
  }

  @Test("must be signed by an authority of ours", arguments: ["1.3", "1.2"])
  func foreign(newest: String) throws {
    let other = try TestAuthority("others", in: scratch)
    try expectRefusal(other.signClient("foreign", "DNS:pbx"), newest: newest, "alert")
  }

  @Test("must be a client's", arguments: ["1.3", "1.2"])
  func wrongPurpose(newest: String) throws {
    try expectRefusal(authority.signClient("caller", "DNS:pbx") { $0.purpose = "serverAuth" }, newest: newest, "alert")
  }

  @Test("must be within its time", arguments: [(-7200, -3600), (3600, 7200)])
  func time(begin: Int, end: Int) throws {
    let own = try authority.signClient("caller", "DNS:pbx") { ($0.begin, $0.end) = (begin, end) }
    try expectRefusal(own, newest: "1.3", "alert")
  }

  @Test("of an authority that is asked no more counts no more, on a connection that is open, too")
  func revoked() throws {
    let other = try TestAuthority("others", in: scratch)
    let client = try connect(authority.signClient("caller", "DNS:pbx"))
    let otherOwn = try other.signClient("other", "DNS:other")
    try client.send(RequestTests.post("before"))
    #expect(try client.readReply().text == "before")
    try use(other.path)
    try client.send(RequestTests.post("after"))
    #expect(client.readToEnd()?.isEmpty == true)
    #expect(try listener.requests(1).count == 1)
    let newcomer = try connect(otherOwn)
    try newcomer.send(RequestTests.post("new"))
    #expect(try newcomer.readReply().text == "new")
    // The same authorities anew end nothing.
    try use(other.path)
    try newcomer.send(RequestTests.post("again"))
    #expect(try newcomer.readReply().text == "again")
  }

  @Test("that ends while its connection is open counts no more")
  func ends() throws {
    let client = try connect(authority.signClient("caller", "DNS:pbx") { $0.end = 3 })
    try client.send(RequestTests.post("before"))
    #expect(try client.readReply().text == "before")
    try wait {
      let isTaken = (try? client.send(RequestTests.get("/"))) != nil && (try? client.readReply()) != nil
      return !isTaken
    }
  }
}
