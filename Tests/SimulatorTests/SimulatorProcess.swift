import Foundation
import JSON
import Testing

/// A running `telnyx-simulator`, on ports of its own, which ends with this object.
///
/// Safe because everything is set in `init` and only read afterwards; `Process` itself is never touched in between.
final class SimulatorProcess: @unchecked Sendable {
  static let token = "KEY-of-the-tests"

  private let process = Process()
  /// `HOST:PORT` by scheme.
  let addresses: [String: String]

  /// Returns when every listener has said where it is: nothing has to be waited for afterwards.
  init(_ arguments: [String] = [], listeners: Int = 1) throws {
    let output = Pipe()
    process.executableURL = try Self.executable()
    process.arguments = ["--listen", "127.0.0.1:0", "--token", Self.token] + arguments
    process.standardOutput = output
    try process.run()

    var addresses: [String: String] = [:]
    for _ in 0..<listeners {
      let line = try JSONValue.parse(Self.line(from: output.fileHandleForReading))
      #expect(line["message"]?.string == "listening")
      addresses[try #require(line["scheme"]?.string)] = try #require(line["address"]?.string)
    }
    self.addresses = addresses
  }

  deinit {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }

  /// - Returns: the exit status after a SIGTERM.
  func terminate() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }

  func connect() throws -> WireClient {
    let address = try #require(addresses["http"])
    return try WireClient(port: try #require(UInt16(address.split(separator: ":").last ?? "")))
  }

  /// One request on a connection of its own.
  func call(_ method: String, _ path: String, _ body: String = "", headers: [String] = []) throws -> WireReply {
    let client = try connect()
    try client.send(WireClient.request(method, path, body, headers: headers))
    return try client.readReply()
  }

  /// A create with the given fault in its header.
  func create(_ body: String, fault: String? = nil) throws -> WireReply {
    try call("POST", "/v2/conferences", body, headers: fault.map { ["x-simulator-fault: \($0)"] } ?? [])
  }

  func journal() throws -> JSONValue { try call("GET", "/simulator/journal").json() }

  /// Asks for the journal until it is as expected. The suite's time limit ends a wait that is in vain.
  func waitForJournal(_ isExpected: (JSONValue) -> Bool) throws {
    while try !isExpected(journal()) {}
  }

  /// The binary lies beside the test bundle that this process is, or that the process was given.
  static func executable() throws -> URL {
    let candidates = [CommandLine.arguments[0], "/proc/self/exe"] + CommandLine.arguments.dropFirst()
    let found = candidates.map { path in
      URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("telnyx-simulator")
    }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    return try #require(found, "telnyx-simulator was not built beside the tests")
  }

  /// Byte by byte: `availableData` might take a part of the next line along.
  private static func line(from file: FileHandle) throws -> [UInt8] {
    var line: [UInt8] = []
    while let byte = try file.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { line.append(byte) }
    return line
  }
}
