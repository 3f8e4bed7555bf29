import JSON
import Oracle
import TestKit

extension SimulatorProcess {
  /// Forgets everything, and behaves as the variant says.
  func prepare(_ variant: Variant) throws {
    // An earlier case's requests may still be on their way.
    try waitUntilDisconnected()
    _ = try call("DELETE", "/simulator/journal")
    _ = try call("DELETE", "/simulator/faults")
    guard try call("PUT", "/simulator/options", variant.options).status == 200 else {
      throw Failure("the simulator takes no such options")
    }
  }

  /// Lets it have executed these creates, at their own times.
  ///
  /// - Parameter rows: of a journal.
  func restore(_ rows: [JSONValue]) throws {
    var writer = JSONWriter(capacity: 1024)
    writer.value(.array(rows))
    let reply = try call("PUT", "/simulator/journal", String(decoding: writer.bytes, as: UTF8.self))
    guard reply.status == 200 else { throw Failure("the simulator takes no such journal: \(reply.text)") }
  }
}
