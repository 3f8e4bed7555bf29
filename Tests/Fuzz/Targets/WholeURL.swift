internal import CCurl

/// A URL as libcurl reads it, with nothing in it made shorter or decoded.
struct WholeURL {
  /// nil where the text is no URL to libcurl.
  let path: String?
  let query: String?

  init(_ text: String) {
    let handle = curl_url()
    defer { curl_url_cleanup(handle) }
    let isURL = curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK
    func part(_ part: CURLUPart) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard isURL, curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
      defer { curl_free(text) }
      return String(cString: text)
    }
    path = part(CURLUPART_PATH)
    query = part(CURLUPART_QUERY)
  }
}
