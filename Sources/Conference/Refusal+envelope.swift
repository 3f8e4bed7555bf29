internal import JSON

extension Refusal {
  /// Telnyx's error envelope, which every SDK reads: `{"errors":[{code, title, detail, source, meta}]}`.
  ///
  /// `meta.source` is `convene`, so that no one takes the error for Telnyx's.
  package func envelope(requestID: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("errors")
    writer.beginArray()
    for fault in faults { write(fault, requestID: requestID, to: &writer) }
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }

  private func write(_ fault: Fault, requestID: String, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("code", fault.code.rawValue)
    writer.member("title", fault.code.title)
    writer.member("detail", fault.detail)
    if let pointer = fault.pointer {
      writer.key("source")
      writer.beginObject()
      writer.member("pointer", pointer)
      writer.endObject()
    }
    writer.key("meta")
    writer.beginObject()
    writer.member("source", "convene")
    writer.member("kind", kind.rawValue)
    if let rule = fault.rule { writer.member("rule", rule) }
    if let owner = fault.owner { writer.member("owner", owner.rawValue) }
    if let operation { writer.member("operation", operation) }
    if let retryAfter { writer.member("retry_after", retryAfter) }
    writer.member("request_id", requestID)
    writer.endObject()
    writer.endObject()
  }
}
