internal import Foundation
package import JSON

/// A running `telnyx-simulator`, on ports of its own.
package final class SimulatorProcess: Sendable {
  package static let token = "KEY-of-the-tests"

  package let process: ChildProcess
  /// `HOST:PORT` by scheme.
  package let addresses: [String: String]
  /// Open descriptors while nobody is connected.
  private let idleDescriptors: Int

  /// Returns when every listener has said where it is: nothing has to be waited for afterwards.
  ///
  /// - Parameter address: where to listen; port 0 is any free one.
  package init(_ arguments: [String] = [], listeners: Int = 1, address: String = "127.0.0.1:0") throws {
    process = try ChildProcess("telnyx-simulator", ["--listen", address, "--token", Self.token] + arguments)
    let lines = try process.lines(listeners, of: \.standardOutput) { $0["message"]?.string == "listening" }
    var addresses: [String: String] = [:]
    for line in lines { addresses[line["scheme"]?.string ?? ""] = line["address"]?.string }
    self.addresses = addresses
    idleDescriptors = try process.descriptors
  }

  package var httpURL: String { "http://\(addresses["http"] ?? "")/v2" }
  package var httpsURL: String { "https://\(addresses["https"] ?? "")/v2" }

  /// - Returns: the exit status after a SIGTERM.
  package func terminate() -> Int32 {
    process.signal(SIGTERM)
    return process.waitForExit()
  }

  package func connect() throws -> WireClient { try WireClient(address: addresses["http"] ?? "") }

  /// One request on a connection of its own.
  package func call(_ method: String, _ path: String, _ body: String = "", headers: [String] = []) throws -> WireReply {
    let client = try connect()
    try client.send(WireClient.request(method, path, body, key: Self.token, headers: headers))
    return try client.readReply()
  }

  /// A create with the given fault in its header.
  package func create(_ body: String, fault: String? = nil) throws -> WireReply {
    try call("POST", "/v2/conferences", body, headers: fault.map { ["x-simulator-fault: \($0)"] } ?? [])
  }

  /// Faults for the creates to come, one each, in order.
  package func queue(faults: String...) throws {
    let list = faults.map { "\"\($0)\"" }.joined(separator: ",")
    let reply = try call("POST", "/simulator/faults", "[\(list)]")
    guard reply.status / 100 == 2 else { throw Failure("the simulator refused the faults: \(reply.text)") }
  }

  /// Sets an option.
  package func set(_ option: String) throws {
    let reply = try call("PUT", "/simulator/options", option)
    guard reply.status == 200 else { throw Failure("the simulator refused the option: \(reply.text)") }
  }

  /// Which tokens are accepted from now on.
  package func accept(_ tokens: String...) throws {
    let list = tokens.map { "\"\($0)\"" }.joined(separator: ",")
    let reply = try call("PUT", "/simulator/tokens", "[\(list)]")
    guard reply.status == 200 else { throw Failure("the simulator refused the tokens: \(reply.text)") }
  }

  /// Ends a conference.
  package func end(_ conferenceID: String) throws {
    let reply = try call("POST", "/simulator/conferences/\(conferenceID)/end")
    guard reply.status == 200 else { throw Failure("the simulator did not end it: \(reply.text)") }
  }

  /// The calls that only look, so far.
  package func looks() throws -> Int {
    let journal = try journal()
    return Int((journal["requests"]?.integer ?? 0) - (journal["creates_received"]?.integer ?? 0))
  }

  package func journal() throws -> JSONValue { try call("GET", "/simulator/journal").json() }

  /// The creates that were executed, in order.
  package func executed() throws -> [JSONValue] { try journal()["executed"]?.array ?? [] }

  /// Returns when it has dealt with all that was sent to it on connections that have ended since.
  package func waitUntilDisconnected() throws {
    try wait { try process.descriptors <= idleDescriptors }
  }

  /// Asks for the journal until it is as expected.
  package func waitForJournal(_ isExpected: (JSONValue) -> Bool) throws {
    try wait { try isExpected(journal()) }
  }
}
