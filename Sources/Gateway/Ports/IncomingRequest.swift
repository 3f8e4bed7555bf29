package import Conference
package import EventLoop

/// A request as the listener got it: whole, or as much as there was before it had to be refused. A class, because all
/// stages look at it and none changes it.
package final class IncomingRequest: Sendable {
  /// Which of the two doors it came through.
  package enum Surface: Sendable {
    case callers, admin
  }

  package let surface: Surface
  package let method: String
  /// The request target's path and query as they came, with nothing unescaped: `/v2/conferences?x=1`.
  package let target: String
  package let fields: HeaderFields
  package let body: [UInt8]
  package let peer: Peer
  /// When the head was complete.
  package let received: MonotonicTime
  /// The head is ambiguous or too large (400, 417, 431): nothing that it says can be trusted.
  package let headFault: Refusal?
  /// The body was not read, or not all of it (411, 413). `body` is empty.
  package let bodyFault: Refusal?
  /// There is one of the two. To look at a fault is to copy a dozen texts, or their absence.
  let isFaulty: Bool

  package init(
    surface: Surface, method: String, target: String, fields: HeaderFields, body: [UInt8], peer: Peer,
    received: MonotonicTime, headFault: Refusal? = nil, bodyFault: Refusal? = nil
  ) {
    self.surface = surface
    self.method = method
    self.target = target
    self.fields = fields
    self.body = body
    self.peer = peer
    self.received = received
    self.headFault = headFault
    self.bodyFault = bodyFault
    isFaulty = headFault != nil || bodyFault != nil
  }
}

/// Who is at the other end of a connection.
package enum Peer: Sendable, Equatable, CustomStringConvertible {
  /// Address and port.
  case tcp(String)
  /// The uid of the process at the other end, from the kernel.
  case unix(uid: UInt32)

  package var description: String {
    switch self {
    case .tcp(let address): address
    case .unix(let uid): "unix:uid=\(uid)"
    }
  }
}
