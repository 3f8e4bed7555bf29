internal import Conference

extension GatewayPipeline {
  /// The admin door: is the process alive, would it take a request, what has it counted.
  func adminReply(to request: IncomingRequest) -> Reply {
    if let fault = request.headFault {
      var reply = Reply(fault, requestID: RequestID.adopt(request.fields))
      reply.closesConnection = true
      return reply
    }
    guard request.method == "GET" || request.method == "HEAD" else {
      return Reply(status: 405, fields: ["Allow": "GET, HEAD"], closesConnection: true)
    }
    // Probes and scrapers may add a query, which means nothing here.
    switch RequestPath(request.target).path {
    case "/health": return Self.text("ok\n")
    case "/ready": return isReady ? Self.text("ready\n") : Self.text("draining\n", status: 503)
    case "/metrics": return Self.text(metrics.exposition)
    default: return Self.text("this door serves /health, /ready and /metrics\n", status: 404)
    }
  }

  private static func text(_ text: String, status: Int = 200) -> Reply {
    Reply(status: status, fields: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
  }
}
