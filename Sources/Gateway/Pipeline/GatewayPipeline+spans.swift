internal import EventLoop

/// The trace of each request, and the spans of those that are sampled.
extension GatewayPipeline {
  func trace(of request: IncomingRequest, _ snapshot: GatewaySnapshot) -> RequestTrace {
    RequestTrace(request.fields, ratio: snapshot.sampling, numbers: numbers)
  }

  /// Notes spans from here on, where the trace is sampled. What strangers say of that counts for nothing, or they could fill the
  /// room that others' spans need: of their requests as many are taken as of those that nobody has decided about.
  func noteSpans(of exchange: Exchange, _ request: IncomingRequest) {
    guard exchange.trace.isSampled, collector != nil else { return }
    guard exchange.caller != nil || exchange.trace.parent == nil || exchange.snapshot.sampling.takes(numbers.next())
    else {
      return
    }
    exchange.spans = RequestSpans(request, of: exchange, numbers: numbers, wall: .now, now: loop.now)
  }

  func exportSpans(of exchange: Exchange) {
    guard let spans = exchange.spans.take() else { return }
    collector?.export(spans.finish(exchange.decision, at: loop.now))
  }
}
