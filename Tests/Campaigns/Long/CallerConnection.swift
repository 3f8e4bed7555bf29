import Synchronization
import TestKit

/// A connection that stays, for one thread after the other.
final class CallerConnection: Sendable {
  /// Nobody else has it: it is made for this.
  private let client: Mutex<WireClient>

  init(_ client: sending WireClient) { self.client = Mutex(client) }

  func create(_ id: String) throws -> WireReply {
    let reply = try client.withLock { client in
      let body = GatewayProcess.command(id, name: "name-\(id)")
      try client.send(WireClient.request("POST", "/v2/conferences", body, key: GatewayProcess.key))
      return try client.readReply()
    }
    guard reply.status == 200 else { throw Failure("\(id) was answered \(reply.status): \(reply.text)") }
    return reply
  }
}
