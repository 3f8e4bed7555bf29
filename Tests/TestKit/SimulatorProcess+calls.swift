package import JSON

extension SimulatorProcess {
  /// The calls other than creates that were received, in order: `method`, `path`, `action`, `conference_id`, `authorization`,
  /// `headers`, `body`, `outcome`.
  ///
  /// - Parameter conferenceID: whose calls; nil = all.
  package func calls(of conferenceID: String? = nil) throws -> [JSONValue] {
    let query = conferenceID.map { "?conference=\($0)" } ?? ""
    return try call("GET", "/simulator/calls\(query)").json()["received"]?.array ?? []
  }

  /// Faults for the actions to come, one each, in order.
  package func queue(actionFaults: String...) throws {
    let list = actionFaults.map { "\"\($0)\"" }.joined(separator: ",")
    let reply = try call("POST", "/simulator/faults/actions", "[\(list)]")
    guard reply.status == 200 else { throw Failure("the simulator refused the faults: \(reply.text)") }
  }

  /// One action of a conference.
  package func act(_ action: String, on conference: String, _ body: String = "{}") throws -> WireReply {
    try call("POST", "/v2/conferences/\(conference)/actions/\(action)", body)
  }

  /// A conference's participants, in the order in which they came.
  package func participants(of conferenceID: String, _ query: String = "") throws -> [JSONValue] {
    try call("GET", "/v2/conferences/\(conferenceID)/participants\(query)").json()["data"]?.array ?? []
  }
}
