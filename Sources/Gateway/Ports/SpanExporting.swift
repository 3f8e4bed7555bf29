/// Takes the spans of sampled requests, on their way to whoever collects traces. A port.
package protocol SpanExporting: AnyObject, Sendable {
  /// Takes all spans of a request that is over, or none where there is no room. Never waits, but for a lock that is held for as
  /// long as it takes to put them behind the others.
  func export(_ spans: [TraceSpan])
}

/// One part of a request's way: what it was, when it began and when it ended.
package struct TraceSpan: Sendable {
  /// As OTLP counts them (`Span.SpanKind`).
  package enum Kind: Int, Sendable {
    case `internal` = 1, server, client
  }

  package enum Value: Sendable, Equatable {
    case text(String)
    case number(Int)
  }

  package struct Attribute: Sendable {
    package let key: StaticString
    package let value: Value
  }

  package let trace: TraceID
  package let id: SpanID
  /// nil = the trace begins with it.
  package let parent: SpanID?
  /// The parent is another process's.
  package let isRemote: Bool
  /// Those of `traceparent`.
  package let flags: UInt8
  package let name: String
  package let kind: Kind
  /// Nanoseconds since 1970.
  package let start: Int64
  /// Likewise, and no earlier.
  package var end: Int64
  package private(set) var attributes: [Attribute] = []
  package var hasFailed = false
  /// What failed, for people; empty where there is nothing to say.
  package var message = ""

  package init(
    _ name: String, _ kind: Kind, trace: TraceID, id: SpanID, parent: SpanID?, isRemote: Bool = false, flags: UInt8,
    start: Int64
  ) {
    self.name = name
    self.kind = kind
    self.trace = trace
    self.id = id
    self.parent = parent
    self.isRemote = isRemote
    self.flags = flags
    self.start = start
    end = start
  }

  /// - Parameter text: of one that somebody else chose no more than the record would have is kept.
  package mutating func note(_ key: StaticString, _ text: String?) {
    guard let text else { return }
    attributes.append(Attribute(key: key, value: .text(AuditText(text).text)))
  }

  package mutating func note(_ key: StaticString, _ number: Int?) {
    guard let number else { return }
    attributes.append(Attribute(key: key, value: .number(number)))
  }
}
