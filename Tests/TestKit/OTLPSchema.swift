package import JSON

/// What an `ExportTraceServiceRequest` is in JSON: the messages of opentelemetry-proto (collector/trace/v1/trace_service.proto,
/// trace/v1/trace.proto, common/v1/common.proto, resource/v1/resource.proto), and OTLP's own rules for JSON
/// (docs/specification.md, "JSON Protobuf Encoding"): names in lower camel case, ids in hex, 64 bits as decimal texts,
/// enumerations as numbers.
package enum OTLPSchema {
  private indirect enum Kind: Sendable {
    case text
    case boolean
    case double
    case bytes
    /// `int64`, `fixed64`: a decimal text.
    case long(ClosedRange<Int64>)
    /// `uint32`, `fixed32` and enumerations.
    case number(ClosedRange<Int64>)
    case hex(Int)
    case message(String)
    case list(Kind)
  }

  /// The fields of each message.
  private static let messages: [String: [String: Kind]] = [
    "ExportTraceServiceRequest": ["resourceSpans": .list(.message("ResourceSpans"))],
    "ResourceSpans": [
      "resource": .message("Resource"), "scopeSpans": .list(.message("ScopeSpans")), "schemaUrl": .text,
    ],
    "Resource": ["attributes": attributes, "droppedAttributesCount": .number(count)],
    "ScopeSpans": [
      "scope": .message("InstrumentationScope"), "spans": .list(.message("Span")), "schemaUrl": .text,
    ],
    "InstrumentationScope": [
      "name": .text, "version": .text, "attributes": attributes, "droppedAttributesCount": .number(count),
    ],
    "Span": [
      "traceId": .hex(32), "spanId": .hex(16), "traceState": .text, "parentSpanId": .hex(16),
      "flags": .number(0...0x3FF),
      "name": .text, "kind": .number(0...5), "startTimeUnixNano": .long(time), "endTimeUnixNano": .long(time),
      "attributes": attributes, "droppedAttributesCount": .number(count), "events": .list(.message("Event")),
      "droppedEventsCount": .number(count), "links": .list(.message("Link")), "droppedLinksCount": .number(count),
      "status": .message("Status"),
    ],
    "Event": [
      "timeUnixNano": .long(time), "name": .text, "attributes": attributes, "droppedAttributesCount": .number(count),
    ],
    "Link": [
      "traceId": .hex(32), "spanId": .hex(16), "traceState": .text, "attributes": attributes,
      "droppedAttributesCount": .number(count), "flags": .number(0...0x3FF),
    ],
    "Status": ["message": .text, "code": .number(0...2)],
    "KeyValue": ["key": .text, "value": .message("AnyValue")],
    "AnyValue": [
      "stringValue": .text, "boolValue": .boolean, "intValue": .long(.min ... .max), "doubleValue": .double,
      "arrayValue": .message("ArrayValue"), "kvlistValue": .message("KeyValueList"), "bytesValue": .bytes,
    ],
    "ArrayValue": ["values": .list(.message("AnyValue"))],
    "KeyValueList": ["values": attributes],
  ]

  /// Those without which a message is none.
  private static let required: [String: [String]] = [
    "ExportTraceServiceRequest": ["resourceSpans"], "ResourceSpans": ["resource", "scopeSpans"],
    "ScopeSpans": ["scope", "spans"],
    "Span": ["traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"],
    "KeyValue": ["key", "value"],
  ]

  private static let attributes = Kind.list(.message("KeyValue"))
  private static let count: ClosedRange<Int64> = 0...Int64(UInt32.max)
  /// 2020 to 2200: whoever writes micro- or milliseconds is seen.
  private static let time: ClosedRange<Int64> = 1_577_836_800_000_000_000...7_258_118_400_000_000_000

  /// What is wrong, each with its place; empty where nothing is.
  package static func faults(in request: JSONValue) -> [String] {
    faults(request, .message("ExportTraceServiceRequest"), "")
  }

  private static func faults(_ value: JSONValue, _ kind: Kind, _ place: String) -> [String] {
    func check(_ isRight: Bool?) -> [String] { isRight == true ? [] : ["\(place): not \(kind)"] }
    switch (kind, value) {
    case (.message(let name), .object(let object)): return faults(object, name, place)
    case (.list(let element), .array(let values)):
      return values.enumerated().flatMap { faults($0.element, element, "\(place)[\($0.offset)]") }
    case (.text, .string), (.boolean, .boolean), (.bytes, .string), (.double, .integer), (.double, .number): return []
    case (.number(let range), .integer(let number)): return check(range.contains(number))
    case (.long(let range), .string(let text)):
      return check(Int64(text).map { range.contains($0) && String($0) == text })
    case (.hex(let digits), .string(let text)):
      let isHex = text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
      return check(isHex && text.utf8.count == digits && text.utf8.contains { $0 != UInt8(ascii: "0") })
    default: return check(false)
    }
  }

  private static func faults(_ object: JSONObject, _ name: String, _ place: String) -> [String] {
    let fields = messages[name] ?? [:]
    var faults = object.members.flatMap { member in
      guard let kind = fields[member.key] else { return ["\(place): \(name) has no \(member.key)"] }
      return Self.faults(member.value, kind, "\(place).\(member.key)")
    }
    for key in required[name] ?? [] where object[key] == nil { faults.append("\(place): \(name) lacks \(key)") }
    switch name {
    case "AnyValue" where object.members.count != 1: faults.append("\(place): one value of \(object.members.count)")
    case "Span":
      if let start = object["startTimeUnixNano"]?.string, let end = object["endTimeUnixNano"]?.string,
        Int64(start) ?? 0 > Int64(end) ?? 0
      {
        faults.append("\(place): it ends before it begins")
      }
      if object["spanId"] == object["parentSpanId"] { faults.append("\(place): it is its own parent") }
    default: break
    }
    let keys = name == "Resource" || name == "Span" ? object["attributes"]?.array?.compactMap { $0["key"]?.string } : []
    if let keys, Set(keys).count != keys.count { faults.append("\(place): an attribute stands twice: \(keys)") }
    return faults
  }
}
