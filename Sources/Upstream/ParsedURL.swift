internal import CCurl

/// A URL that libcurl has parsed. One owner, which frees it.
///
/// Of a text libcurl makes this anew for each transfer, and from its parts a text once more.
final class ParsedURL {
  /// Without a part, or nil, where the text is no URL: libcurl then refuses the transfer.
  let handle: OpaquePointer?

  init(_ text: String) {
    handle = curl_url()
    curl_url_set(handle, CURLUPART_URL, text, 0)
  }

  /// As they stand in it, the port of the scheme where it names none; empty where the text is no URL.
  var hostAndPort: (host: String, port: String) {
    (part(CURLUPART_HOST), part(CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)))
  }

  private func part(_ part: CURLUPart, _ flags: UInt32 = 0) -> String {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return "" }
    defer { curl_free(text) }
    return String(cString: text)
  }

  deinit { curl_url_cleanup(handle) }
}
