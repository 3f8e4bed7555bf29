import Certificates
import Foundation
import JSON
import TestKit
import Testing

@Suite("The log says until when the gateway's own certificate is valid", .timeLimit(.minutes(30)))
struct CertificateNewsTests {
  private static let valid = "a certificate of this gateway is valid"
  private static let ending = "a certificate of this gateway ends soon"
  private static let ended = "a certificate of this gateway has ended: no caller takes it"

  private let scratch: Scratch
  private let authority: TestAuthority
  private let simulator: SimulatorProcess

  init() throws {
    scratch = try Scratch()
    authority = try TestAuthority("authority", in: scratch)
    simulator = try SimulatorProcess()
  }

  /// Puts a certificate in the place of the gateway's.
  private func sign(validFor seconds: Int) throws {
    let pair = try authority.sign("new") { $0.end = seconds }
    for (new, place) in [(pair.key, "server.key"), (pair.certificate, "server.pem")] {
      guard rename(new, scratch.path(place)) == 0 else { throw Failure("can't rename \(new)") }
    }
  }

  private func gateway() throws -> GatewayProcess {
    try GatewayProcess(before: simulator) {
      let tls = "{certificate: \(scratch.path("server.pem")), key: \(scratch.path("server.key"))}"
      // Shown twice, told of once.
      $0.server = [
        "listen: [{address: 127.0.0.1:0, tls: \(tls)}, {address: 127.0.0.1:0, tls: \(tls)}]"
      ]
    }
  }

  private func said(_ gateway: GatewayProcess, _ message: String) throws -> JSONValue {
    try gateway.process.lines(1, of: \.standardError) { $0["message"]?.string == message }[0]
  }

  private func all(_ gateway: GatewayProcess) -> [String] {
    ChildProcess.jsonLines(gateway.process.standardError).compactMap { $0["message"]?.string }
      .filter { [Self.valid, Self.ending, Self.ended].contains($0) }
  }

  @Test("at the start, and when it has changed; as a warning within 14 days of its end")
  func change() throws {
    try sign(validFor: 15 * 86_400)
    let gateway = try gateway()
    let valid = try said(gateway, Self.valid)
    #expect(valid["level"]?.string == "info" && valid["days"]?.integer == 14)
    #expect(valid["path"]?.string == scratch.path("server.pem") && valid["valid_until"]?.string?.hasSuffix("Z") == true)
    try sign(validFor: 13 * 86_400)
    let ending = try said(gateway, Self.ending)
    #expect(ending["level"]?.string == "warning" && ending["days"]?.integer == 12)
    #expect(gateway.terminate() == 0)
    #expect(all(gateway) == [Self.valid, Self.ending])
  }

  @Test("at once when it ends while it is in use, and once")
  func end() throws {
    try sign(validFor: 15)
    let gateway = try gateway()
    #expect(try said(gateway, Self.ending)["days"]?.integer == 0)
    #expect(try said(gateway, Self.ended)["level"]?.string == "error")
    try sign(validFor: 90 * 86_400)
    _ = try said(gateway, Self.valid)
    #expect(gateway.terminate() == 0)
    #expect(all(gateway) == [Self.ending, Self.ended, Self.valid])
  }
}
