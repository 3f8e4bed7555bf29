import TestKit
import Testing

extension GatewayProcess {
  /// What `convene audit query` says of its record.
  func query(_ format: String, _ arguments: [String]) throws -> String {
    let process = try ChildProcess(
      "convene", ["audit", "query", "--config", scratch.path("gateway.yaml"), "--format", format] + arguments,
      environment: options.environment)
    #expect(process.waitForExit() == 0, "\(process.standardError)")
    return process.standardOutput
  }
}
