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
}
