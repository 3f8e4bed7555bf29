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

  deinit { curl_url_cleanup(handle) }
}
