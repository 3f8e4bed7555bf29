/// The right to answer one request, once: it can't be copied, and answering uses it up.
package struct Responder: ~Copyable {
  private let receiver: any ReplyReceiving

  package init(_ receiver: any ReplyReceiving) { self.receiver = receiver }

  package consuming func send(_ reply: Reply) { receiver.receive(reply) }
}

/// A listener's side of a request that waits for its answer.
package protocol ReplyReceiving: AnyObject {
  /// May be called before the request's arrival was fully handled, or long after its client has left.
  func receive(_ reply: Reply)
}

/// What a caller gets.
package struct Reply: Sendable, Equatable {
  package var status: Int
  package var fields: HeaderFields
  package var body: [UInt8]
  /// The connection can't be used any more, or should not be.
  package var closesConnection = false

  package init(status: Int, fields: HeaderFields = [:], body: [UInt8] = [], closesConnection: Bool = false) {
    self.status = status
    self.fields = fields
    self.body = body
    self.closesConnection = closesConnection
  }
}
