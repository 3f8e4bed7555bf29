internal import Gateway
internal import JSON

/// A batch of spans as OTLP has them in JSON: an `ExportTraceServiceRequest` (opentelemetry-proto, trace/v1/trace.proto). Names in
/// hex, numbers of 64 bits as texts, enumerations as numbers (docs/specification.md, "JSON Protobuf Encoding").
enum OTLPRequest {
  /// Of the semantic conventions that attributes are named by.
  private static let schema: StaticString = "https://opentelemetry.io/schemas/1.27.0"
  /// `SpanFlags`: it is known whether the parent is another process's, and it is.
  private static let knowsParent = 0x100
  private static let hasRemoteParent = 0x200
  /// `STATUS_CODE_ERROR`.
  private static let failed = 2

  static func json(_ spans: [TraceSpan], of resource: TraceResource) -> [UInt8] {
    var writer = JSONWriter(capacity: 512 + spans.count * 1024)
    writer.beginObject()
    writer.key("resourceSpans")
    writer.beginArray()
    writer.beginObject()
    writer.key("resource")
    writer.beginObject()
    writer.key("attributes")
    writer.beginArray()
    writer.attribute("service.name", .text("convene"))
    writer.attribute("service.version", .text(resource.version))
    writer.attribute("service.instance.id", .text(resource.instance))
    writer.attribute("convene.organization", .text(resource.organization))
    writer.endArray()
    writer.endObject()
    writer.key("scopeSpans")
    writer.beginArray()
    writer.beginObject()
    writer.key("scope")
    writer.beginObject()
    writer.member("name", "convene")
    writer.member("version", resource.version)
    writer.endObject()
    writer.key("spans")
    writer.beginArray()
    for span in spans { write(span, to: &writer) }
    writer.endArray()
    writer.member("schemaUrl", schema)
    writer.endObject()
    writer.endArray()
    writer.endObject()
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }

  private static func write(_ span: TraceSpan, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("traceId", span.trace.hex)
    writer.member("spanId", span.id.hex)
    if let parent = span.parent { writer.member("parentSpanId", parent.hex) }
    let ofParent = span.parent == nil ? 0 : span.isRemote ? knowsParent | hasRemoteParent : knowsParent
    writer.member("flags", Int(span.flags) | ofParent)
    writer.member("name", span.name)
    writer.member("kind", span.kind.rawValue)
    writer.member("startTimeUnixNano", String(span.start))
    writer.member("endTimeUnixNano", String(span.end))
    writer.key("attributes")
    writer.beginArray()
    for attribute in span.attributes { writer.attribute(attribute.key, attribute.value) }
    writer.endArray()
    if span.hasFailed {
      writer.key("status")
      writer.beginObject()
      if !span.message.isEmpty { writer.member("message", span.message) }
      writer.member("code", failed)
      writer.endObject()
    }
    writer.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func attribute(_ key: StaticString, _ value: TraceSpan.Value) {
    beginObject()
    member("key", key)
    self.key("value")
    beginObject()
    switch value {
    case .text(let text): member("stringValue", text)
    case .number(let number): member("intValue", String(number))
    }
    endObject()
    endObject()
  }
}
