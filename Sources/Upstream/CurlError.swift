internal import CCurl
package import Gateway

/// A failure of libcurl, as a value.
package struct CurlError: Error, Sendable, Equatable {
  /// libcurl-errors(3).
  package let code: Int

  static let timeout = CurlError(code: Int(CURLE_OPERATION_TIMEDOUT.rawValue))

  package var failure: TransportFailure { failure(words: "") }

  /// - Parameter words: libcurl's own about this failure, with addresses and certificates (CURLOPT_ERRORBUFFER); may be empty.
  func failure(words: String) -> TransportFailure {
    let general = String(cString: curl_easy_strerror(CURLcode(rawValue: UInt32(code))))
    return TransportFailure(name: name, detail: words.isEmpty ? general : words)
  }

  private var name: String {
    switch CURLcode(rawValue: UInt32(code)) {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: "resolve"
    case CURLE_COULDNT_CONNECT: "connect"
    case CURLE_OPERATION_TIMEDOUT: "timeout"
    case CURLE_GOT_NOTHING: "empty_reply"
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND: "reset"
    case CURLE_PARTIAL_FILE: "truncated"
    case CURLE_WRITE_ERROR: "reply_too_large"
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY: "malformed_reply"
    case CURLE_BAD_CONTENT_ENCODING: "malformed_encoding"
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS:
      "tls"
    default: "curl_\(code)"
    }
  }
}

/// libcurl's process-wide set-up.
package enum Curl {
  /// Done once, before any other thread uses libcurl (curl_global_init(3)).
  package static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// As libcurl tells it: `libcurl/7.88.1 OpenSSL/3.0.22 ...`.
  package static var version: String { String(cString: curl_version()) }
}
