import Testing

/// A request that must be refused, and how.
struct RefusedHead: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bytes: String
  let status: Int

  init(_ description: String, _ bytes: String, status: Int = 400) {
    testDescription = description
    self.bytes = bytes
    self.status = status
  }

  /// A POST with these header lines beside Host, and a body.
  static func post(
    _ description: String, _ lines: String..., body: String = "{}", status: Int = 400
  ) -> RefusedHead {
    let head = ["POST /conferences HTTP/1.1", "Host: h"] + lines
    return RefusedHead(description, head.joined(separator: "\r\n") + "\r\n\r\n" + body, status: status)
  }
}
