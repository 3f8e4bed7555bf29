import Foundation
import TestKit

/// What `convene audit export` wrote of a gateway that signs, after some thousand creates.
struct SignedExport: Sendable {
  private static let callers = 16

  let scratch: Scratch
  let file: String
  let bytes: [UInt8]
  private let publicKey: String

  init(records: Int) throws {
    let keys = try Self.newKeys()
    publicKey = keys.public
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { options in
      options.audit = "{sinks: [], checkpoint: {key: {env: SIGNING_KEY}, every: 1000}}"
      options.environment["SIGNING_KEY"] = keys.private
    }
    _ = try concurrently(Self.callers) { caller in
      let client = try gateway.connect()
      for number in stride(from: caller, to: records, by: Self.callers) {
        let body = GatewayProcess.command("id-\(number)", name: "name-\(number)")
        try client.send(WireClient.request("POST", "/v2/conferences", body, key: GatewayProcess.key))
        let reply = try client.readReply()
        guard reply.status == 200 else { throw Failure("id-\(number) was answered \(reply.status): \(reply.text)") }
      }
    }
    guard gateway.terminate() == 0 else { throw Failure("ended badly: \(gateway.process.standardError)") }
    scratch = gateway.scratch
    file = scratch.path("export.jsonl")
    let configuration = ["--config", scratch.path("gateway.yaml")]
    let environment = ["SIGNING_KEY": keys.private]
    let export = try ChildProcess("convene", ["audit", "export"] + configuration, environment: environment)
    guard export.waitForExit() == 0 else { throw Failure("export: \(export.standardError)") }
    bytes = Array(export.standardOutput.utf8)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
  }

  private static func newKeys() throws -> (private: String, public: String) {
    let process = try ChildProcess("convene", ["key", "new", "--signing"])
    guard process.waitForExit() == 0 else { throw Failure("key new: \(process.standardError)") }
    // Base64 of 32 bytes each, on a line of its own.
    let keys = process.standardOutput.split(separator: "\n").map { $0.drop { $0 == " " } }
      .filter { $0.count == 44 && $0.hasSuffix("=") }
    guard keys.count == 2 else { throw Failure("key new said something else: \(process.standardOutput)") }
    return (String(keys[0]), String(keys[1]))
  }

  var records: Int { bytes.count { $0 == UInt8(ascii: "\n") } }

  /// - Returns: the exit code, and what was said.
  func verify(_ file: String) throws -> (code: Int32, said: String) {
    let process = try ChildProcess("convene", ["audit", "verify", "--public-key", publicKey, file])
    let code = process.waitForExit()
    return (code, process.standardOutput + process.standardError)
  }
}
