/// How a reply says where its body ends.
enum ReplyFraming: Sendable, Equatable {
  case length
  /// A Content-Length that is larger than the body.
  case longLength
  /// A Content-Length that is smaller than the body: the rest looks like the start of the next reply.
  case shortLength
  /// No length: the body ends with the connection.
  case none
  case chunked

  /// Whether the client learns that the body is over only from the connection's end.
  var endsConnection: Bool { self == .none || self == .longLength }

  func header(length: Int) -> String {
    switch self {
    case .length: "content-length: \(length)\r\n"
    case .longLength: "content-length: \(length + 64)\r\n"
    case .shortLength: "content-length: \(length / 2)\r\n"
    case .none: ""
    case .chunked: "transfer-encoding: chunked\r\n"
    }
  }

  /// The body as it goes over the wire. Chunked, it comes in two chunks, so that a client has to join them.
  func encode(_ body: [UInt8]) -> [UInt8] {
    guard self == .chunked else { return body }
    let middle = body.count / 2
    var encoded: [UInt8] = []
    for part in [body[..<middle], body[middle...]] where !part.isEmpty {
      encoded += Array("\(String(part.count, radix: 16))\r\n".utf8) + part + [13, 10]
    }
    return encoded + Array("0\r\n\r\n".utf8)
  }
}
