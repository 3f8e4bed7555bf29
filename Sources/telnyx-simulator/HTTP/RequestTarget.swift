/// A request's target in origin form (RFC 9112, section 3.2.1), percent-decoded.
struct RequestTarget: Sendable {
  /// As it was sent.
  let text: String
  /// What stands between the slashes, without the prefix `/v2` that one SDK sends and another doesn't.
  let path: [String]
  let query: [(name: String, value: String)]

  init(_ text: String) {
    self.text = text
    let parts = text.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    var path = (parts.first.map { $0.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) } ?? [])
      .dropFirst().map { Self.decode($0, plusIsSpace: false) }
    if path.first == "v2" { path.removeFirst() }
    self.path = path
    query = (parts.count > 1 ? parts[1].split(separator: UInt8(ascii: "&")) : []).map { pair in
      let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (
        name: Self.decode(sides[0], plusIsSpace: true),
        value: sides.count > 1 ? Self.decode(sides[1], plusIsSpace: true) : ""
      )
    }
  }

  /// The first value of a query parameter.
  func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

  private static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool) -> String {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
