extension FileReader {
  /// More would be a mistake: a head has 8 KiB.
  private static let most = 32

  /// Names of header fields (RFC 9110, section 5.1), in lower case.
  func forwardedFields(_ value: YAMLValue) -> [String] {
    let elements = list(value, "upstream.forward_fields")
    if elements.count > Self.most { report(value, "upstream.forward_fields may have at most \(Self.most) names") }
    var names: [String] = []
    for element in elements {
      guard let text = text(element, "upstream.forward_fields") else { continue }
      let name = text.lowercased()
      if let fault = Self.fault(in: name) {
        report(element, "upstream.forward_fields: \(text.quoted) \(fault)")
      } else if names.contains(name) {
        report(element, "upstream.forward_fields: \(text.quoted) stands here already")
      } else {
        names.append(name)
      }
    }
    return names
  }

  private static func fault(in name: String) -> String? {
    if let fault = fault(inHeaderName: name) { return fault }
    // Many servers take the two for one.
    let plain = name.replacing("_", with: "-")
    let isKept =
      kept.contains(plain) || keptPrefixes.contains { plain.utf8.starts(with: $0.utf8) }
      || keptSuffixes.contains { plain.utf8.reversed().starts(with: $0.utf8.reversed()) }
    return isKept ? "is never passed on: \(reason)" : nil
  }

  private static let reason = "it is about the connection or the body, a credential, or the gateway says it itself"

  /// With those that would name another path than the one that is judged.
  private static let keptPrefixes = [
    "content-", "proxy-", "if-", "x-http-method", "sec-websocket-", "x-original-", "x-rewrite-", "convene-",
  ]
  private static let keptSuffixes = ["api-key", "apikey", "auth-token", "access-token"]

  private static let kept: Set<String> = [
    // About the connection, or how the message is framed (RFC 9110, section 7.6.1).
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings", "host", "expect",
    // Another method than the one that policy knows of.
    "x-method-override",
    // Credentials of callers.
    "authorization", "cookie", "cookie2", "set-cookie", "www-authenticate",
    // Said by the gateway.
    "accept", "accept-encoding", "idempotency-key", "via", "x-request-id", "max-forwards", "range",
  ]
}
