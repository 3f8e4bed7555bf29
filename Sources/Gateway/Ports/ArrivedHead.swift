package import Conference
package import EventLoop

/// A request's head, as the listener got it: judged before there is a body. A class, because all stages look at it and none
/// changes it.
package final class ArrivedHead: Sendable {
  package let surface: IncomingRequest.Surface
  package let method: String
  /// The request target's path and query as they came, with nothing unescaped: `/v2/conferences?x=1`.
  package let target: String
  package let fields: HeaderFields
  package let peer: Peer
  /// The connection is TLS, as far as this process.
  package let isEncrypted: Bool
  /// When the head was complete.
  package let received: MonotonicTime
  /// The head is ambiguous or too large (400, 417, 431): nothing that it says counts.
  package let fault: Refusal?
  /// What it says of the body is wrong (411, 413).
  package let bodyFault: Refusal?

  package init(
    surface: IncomingRequest.Surface, method: String, target: String, fields: HeaderFields, peer: Peer,
    isEncrypted: Bool = false, received: MonotonicTime, fault: Refusal? = nil, bodyFault: Refusal? = nil
  ) {
    self.surface = surface
    self.method = method
    self.target = target
    self.fields = fields
    self.peer = peer
    self.isEncrypted = isEncrypted
    self.received = received
    self.fault = fault
    self.bodyFault = bodyFault
  }
}
