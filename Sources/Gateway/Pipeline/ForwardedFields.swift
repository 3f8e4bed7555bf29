internal import JSON

/// Which of the caller's header fields go along to Telnyx.
enum ForwardedFields {
  /// Everything but fields about this connection (RFC 9110, section 7.6.1), credentials, and what the gateway says itself.
  static func fields(of request: IncomingRequest, requestID: String) -> HeaderFields {
    let named = request.fields.rawValues(of: "connection").flatMap(FieldNames.listed)
    let via = request.fields.rawValues(of: "via")
    // "Via" and "X-Request-Id", and their values.
    let room = 15 + requestID.utf8.count + via.reduce(own.utf8.count) { $0 + $1.count + 2 }
    var fields =
      named.isEmpty
      ? request.fields.without(dropped, room: room) : request.fields.without(dropped, FieldNames(named), room: room)
    fields.append("Via") { bytes in
      for value in via {
        bytes.append(contentsOf: value)
        bytes.append(constant: ", ")
      }
      bytes.append(text: own)
    }
    fields.append("X-Request-Id", requestID)
    return fields
  }

  /// What `Via` says of this gateway, with the version of the connection to the caller: libmicrohttpd speaks HTTP/1.1.
  private static let own = "1.1 convene"

  private static let dropped = FieldNames([
    // About the connection.
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings",
    // Credentials.
    "authorization", "proxy-authorization", "proxy-authenticate", "cookie", "x-api-key", "api-key", "x-auth-token",
    // Said anew.
    "host", "content-length", "content-type", "content-encoding", "accept", "accept-encoding", "expect", "via",
    "idempotency-key", "x-request-id", "range", "if-match", "if-none-match", "if-modified-since",
    "if-unmodified-since", "if-range",
  ])
}
