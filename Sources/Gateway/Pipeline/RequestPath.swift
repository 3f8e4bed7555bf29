/// A request target, split. Two spellings of a path are the same: one slash at its end changes nothing, as real clients
/// append it, and neither does an escape where there need be none (RFC 3986, section 6.2.2.2). Nothing else is unescaped.
struct RequestPath {
  /// Unreserved characters are as they are; all other escapes are as they came.
  let path: String
  /// What stands behind the `?`; nil where there is none.
  let query: String?

  init(_ target: String) {
    let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    var path = parts[0]
    if path.count > 1, path.last == UInt8(ascii: "/"), path.dropLast().last != UInt8(ascii: "/") { path.removeLast() }
    let spelled = String(decoding: path, as: UTF8.self)
    self.path = path.contains(UInt8(ascii: "%")) ? PercentEncoding.unescapeUnreserved(spelled) : spelled
    query = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : nil
  }
}
