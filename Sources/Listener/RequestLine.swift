internal import CMicrohttpd
internal import Gateway

/// A request line as libmicrohttpd has split it.
struct RequestLine {
  let method: String
  /// As it came, with nothing unescaped.
  let target: String
  let version: String
  let layout: HeadLayout

  init(
    _ mhd: OpaquePointer, method: UnsafePointer<CChar>, url: UnsafePointer<CChar>, target: String,
    version: UnsafePointer<CChar>, skipped: UInt
  ) {
    self.method = String(cString: method)
    self.target = target
    self.version = String(cString: version)
    // A target that is no UTF-8 was repaired and has another length: it is refused, as it would be for its characters.
    layout = HeadLayout(
      mhd, method: method, url: url, targetSize: target.utf8.count, version: version, skipped: skipped)
  }

  /// Whether the method is a token (RFC 9110, section 9.1).
  var hasTokenForMethod: Bool {
    let name = HeaderFields(bytes: Array(method.utf8), entries: [])
    return method == "POST" || method == "GET" || name.hasToken(0..<name.bytes.count)
  }
}
