internal import JSON

/// Which of the caller's header fields go along to Telnyx.
enum ForwardedFields {
  /// What is on the list, and no field that is about this connection (RFC 9110, section 7.6.1). Any other could change what
  /// Telnyx makes of the judged body, or tell it what is not its business.
  ///
  /// - Parameter named: by the configuration (`upstream.forward_fields`).
  static func fields(of request: IncomingRequest, requestID: String, named more: FieldNames) -> HeaderFields {
    let named = request.fields.rawValues(of: "connection").flatMap(FieldNames.listed)
    let via = request.fields.rawValues(of: "via")
    let hopByHop = named.isEmpty ? nil : FieldNames(named)
    let hasState = hopByHop?.contains(TraceContext.state.utf8.span) != true
    let state = hasState ? TraceContext.state(of: request.fields) : nil
    // "Via", "X-Request-Id" and "tracestate", and their values.
    let room =
      15 + (state.map { $0.count + 10 } ?? 0) + requestID.utf8.count + via.reduce(own.utf8.count) { $0 + $1.count + 2 }
    var fields = request.fields.filtered(room: room) { entry in
      let name = request.fields.bytes[entry.name].span
      guard Self.names.contains(name) || Self.isStainless(name) || more.contains(name) else { return false }
      return hopByHop?.contains(name) != true && !Self.trace.contains(name)
    }
    if let state { fields.append("tracestate") { $0.append(contentsOf: state) } }
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

  /// Beside `Via`, `X-Request-Id` and `tracestate`, which are written anew.
  private static let names = FieldNames(["user-agent"])
  /// The configuration may name them, too. Each attempt has a `traceparent` of its own.
  private static let trace = FieldNames([TraceParent.name, TraceContext.state])

  /// What Telnyx's SDKs say of themselves: `X-Stainless-*`.
  private static func isStainless(_ name: Span<UInt8>) -> Bool {
    let prefix = "x-stainless-".utf8.span
    guard name.count > prefix.count else { return false }
    for index in prefix.indices where name[index].lowercased != prefix[index] { return false }
    return true
  }
}
