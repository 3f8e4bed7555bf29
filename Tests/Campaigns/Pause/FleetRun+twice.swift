import Oracle
import TestKit

extension FleetRun {
  /// Asks at one gateway; where that doesn't answer soon, at another one, as a caller does that has heard nothing. The first answer is still
  /// waited for.
  ///
  /// - Returns: what ends with the first gateway's answer.
  func askTwice(_ id: String, at first: Int, thenAt second: Int) throws -> Background<Void> {
    history.note(id) { $0.begun += 1 }
    let asked = Background { [self] in
      defer { history.note(id) { $0.ended += 1 } }
      guard let gateway = fleet.replicas[first].running, let client = try? gateway.connect() else { return }
      try? client.send(
        WireClient.request(
          "POST", "/v2/conferences", GatewayProcess.command(id, name: "name-\(id)"), key: GatewayProcess.key))
      // Each read has a patience of its own, which is shorter than the longest stop.
      for _ in 0..<3 {
        guard let reply = try? client.readReply() else { continue }
        if reply.status == 200 {
          history.note(id) { $0.answers.append(reply.body) }
        } else {
          note(reply, of: id)
          if reply.status == 503 { history.note(id) { $0.unsent += 1 } }
          guard [409, 503, 504].contains(reply.status) else {
            throw Failure("\(id) was answered \(reply.status) in the end: \(reply.text)")
          }
        }
        return
      }
      note(nil, of: id)
    }
    try? wait(within: .milliseconds(2500)) { asked.isFinished }
    if !asked.isFinished {
      if plan.variant == .once { try wait { try fleet.database.passWindow(id) } }
      try settle(id, from: second, staying: true)
    }
    return asked
  }
}
