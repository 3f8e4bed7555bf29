/// A request target, split. Nothing in it is unescaped, so no second spelling of a path exists, but for one slash at its
/// end, which changes nothing: real clients append it.
struct RequestPath {
  let path: String
  /// What stands behind the `?`; nil where there is none.
  let query: String?

  init(_ target: String) {
    let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    var path = parts[0]
    if path.count > 1, path.last == UInt8(ascii: "/"), path.dropLast().last != UInt8(ascii: "/") { path.removeLast() }
    self.path = String(decoding: path, as: UTF8.self)
    query = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : nil
  }
}
