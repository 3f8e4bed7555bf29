import Foundation
import TestKit

/// strace on the process that serves a gateway's connection.
final class BackendTrace: Sendable {
  private let scratch: Scratch
  private let tracer: ChildProcess
  private var file: String { scratch.path("calls") }

  /// Kills it before the n-th of its calls from now on.
  static func kill(_ server: PostgresServer, at number: Int, of call: String) throws -> BackendTrace {
    try BackendTrace(server, ["-e", "trace=\(call)", "-e", "inject=\(call):signal=SIGKILL:when=\(number)"])
  }

  /// Counts its calls.
  static func count(_ server: PostgresServer, _ calls: [String]) throws -> BackendTrace {
    try BackendTrace(server, ["-e", "trace=\(calls.joined(separator: ","))"])
  }

  private init(_ server: PostgresServer, _ arguments: [String]) throws {
    scratch = try Scratch()
    let backend = try unwrap(server.backends().min(), "no gateway is connected")
    tracer = try ChildProcess(
      "/usr/bin/strace", ["-f", "-o", scratch.path("calls")] + arguments + ["-p", "\(backend)"])
    try wait { tracer.standardError.contains("attached") || !tracer.isRunning }
  }

  private var text: String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }

  var hasStruck: Bool { text.contains("+++ killed by SIGKILL +++") }

  func most(_ calls: [String]) throws -> [String: Int] {
    tracer.signal(SIGTERM)
    _ = tracer.waitForExit()
    return try Strace.most(calls, in: file)
  }
}
