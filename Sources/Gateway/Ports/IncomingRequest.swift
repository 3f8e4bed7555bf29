package import Conference
package import EventLoop

/// A request as the listener got it: whole, or as much as there was before it had to be refused. A class, because all
/// stages look at it and none changes it.
package final class IncomingRequest: Sendable {
  /// Which of the two listeners it came through.
  package enum Surface: Sendable {
    case callers, admin
  }

  package let head: ArrivedHead
  /// What was made of the head when there was no body yet.
  package let judged: JudgedHead?
  package let body: [UInt8]
  /// The body was not read, or not all of it (411, 413, 431, 503). `body` is empty.
  package let bodyFault: Refusal?

  package init(_ head: ArrivedHead, judged: JudgedHead? = nil, body: [UInt8] = [], bodyFault: Refusal? = nil) {
    self.head = head
    self.judged = judged
    self.body = body
    self.bodyFault = bodyFault
  }

  package var surface: Surface { head.surface }
  package var method: String { head.method }
  package var target: String { head.target }
  package var fields: HeaderFields { head.fields }
  package var peer: Peer { head.peer }
  package var received: MonotonicTime { head.received }
  package var headFault: Refusal? { head.fault }
  /// The connection can't be used after it.
  var isFaulty: Bool { bodyFault != nil || head.fault != nil || head.bodyFault != nil }
}

/// Who is at the other end of a connection.
package enum Peer: Sendable, Equatable, CustomStringConvertible {
  /// Address and port.
  case tcp(String)
  /// The same, and the certificate that was shown and verified.
  case tls(String, ClientCertificate)
  /// The uid of the process at the other end, from the kernel.
  case unix(uid: UInt32)

  package var description: String {
    switch self {
    case .tcp(let address): address
    case .tls(let address, let certificate): certificate.names.first.map { "\(address) \($0)" } ?? address
    case .unix(let uid): "unix:uid=\(uid)"
    }
  }
}
