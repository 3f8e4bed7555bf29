/// The trace that a request belongs to: its caller's, continued, or one that begins here, where the caller names none, or none in
/// the standard's form (W3C Trace Context, section 4.3).
struct RequestTrace: Sendable {
  let id: TraceID
  /// The caller's span; nil = the trace begins here.
  let parent: SpanID?
  /// The request's own.
  let span: SpanID
  let flags: UInt8

  /// - Parameter ratio: of the traces that begin here.
  init(_ fields: HeaderFields, ratio: SamplingRatio, numbers: TraceNumbers) {
    span = numbers.spanID()
    if let caller = TraceContext.parent(of: fields) {
      (id, parent, flags) = (caller.trace, caller.span, caller.flags & TraceParent.knownFlags)
    } else {
      (id, parent) = (numbers.traceID(), nil)
      flags = ratio.takes(id.low) ? TraceParent.sampled : 0
    }
  }

  var isSampled: Bool { flags & TraceParent.sampled != 0 }

  /// What is sent on.
  ///
  /// - Parameter span: as whose part the receiver's is.
  func sent(by span: SpanID) -> TraceParent { TraceParent(trace: id, span: span, flags: flags) }

  /// As the record has it: the caller's own as it came, or what began here.
  func recorded(_ fields: HeaderFields) -> String {
    guard parent != nil, let value = fields.valueRange(of: TraceParent.name) else { return sent(by: span).text }
    return fields.text(value)
  }
}
