import Foundation
import TestKit
import Testing

@Suite("The simulator's command line", .timeLimit(.minutes(30)))
struct CommandLineTests {
  @Test(
    "a wrong command line ends with 2 and says why",
    arguments: [["--fault", "bogus"], ["--tls-listen", "127.0.0.1:0"], ["--listen", "nowhere"], ["--rate", "-1"]])
  func refuses(arguments: [String]) throws {
    let (status, _, errors) = try run(ChildProcess.executable("telnyx-simulator"), arguments)
    #expect(status == 2)
    #expect(!errors.isEmpty)
  }

  @Test("SIGTERM ends it with 0, also while clients are connected")
  func terminates() throws {
    let simulator = try SimulatorProcess()
    let client = try simulator.connect()
    try client.create(#"{"call_control_id":"v3:leg","name":"standup"}"#, fault: "early-hints,hang-after")
    #expect(try client.readReply().status == 100)
    #expect(simulator.terminate() == 0)
  }

  @Test("a client that trusts ca.pem and pins pin.txt is served over TLS, and no key is written")
  func servesTLS() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("simulator-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let simulator = try SimulatorProcess(
      ["--tls-listen", "127.0.0.1:0", "--tls-directory", directory], listeners: 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["ca.pem", "pin.txt"])
    let pin = try String(contentsOfFile: "\(directory)/pin.txt", encoding: .utf8).split(separator: "\n").joined()
    let address = try #require(simulator.addresses["https"])
    let port = try #require(address.split(separator: ":").last)

    for host in ["127.0.0.1", "localhost"] {
      let (status, output, _) = try curl(
        "--cacert", "\(directory)/ca.pem", "--pinnedpubkey", pin, "--ipv4", "https://\(host):\(port)/v2/conferences",
        "--data", #"{"call_control_id":"v3:leg","name":"\#(host)"}"#)
      #expect(status == 0)
      #expect(output.contains(#""record_type":"conference""#))
    }
    // curl's own codes: 60, the certificate is not trusted; 90, the key is not the pinned one; 35, no handshake.
    #expect(try curl("https://\(address)/v2/conferences").status == 60)
    #expect(try curl("--insecure", "--pinnedpubkey", "sha256//AAAA", "https://\(address)/").status == 90)
    #expect(
      try curl("--insecure", "--tls-max", "1.1", "--ciphers", "ALL:@SECLEVEL=0", "https://\(address)/").status == 35)
  }

  @Test("a fault shows over TLS too", arguments: [("close-after", 52), ("reset-before", 56), ("cut=150", 18)])
  func failsOverTLS(fault: String, status: Int32) throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("simulator-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let simulator = try SimulatorProcess(
      ["--tls-listen", "127.0.0.1:0", "--tls-directory", directory], listeners: 2)
    let address = try #require(simulator.addresses["https"])
    let (outcome, _, _) = try curl(
      "--cacert", "\(directory)/ca.pem", "https://\(address)/v2/conferences", "--header", "x-simulator-fault: \(fault)",
      "--data", #"{"call_control_id":"v3:leg","name":"standup"}"#)
    #expect(outcome == status)
  }

  private func curl(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
    let common = [
      "curl", "--silent", "--noproxy", "*", "--header", "authorization: Bearer \(SimulatorProcess.token)", "--header",
      "content-type: application/json",
    ]
    return try run(URL(fileURLWithPath: "/usr/bin/env"), common + arguments)
  }

  private func run(_ executable: URL, _ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = executable
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let texts = try [output, errors].map { pipe in
      String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
    process.waitUntilExit()
    return (process.terminationStatus, texts[0], texts[1])
  }
}
