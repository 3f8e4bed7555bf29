internal import Conference
internal import EventLoop
internal import Logging
package import Metrics

/// What is counted of requests, and the page that is made of it where somebody asks for it at the admin listener.
extension GatewayPipeline {
  /// Answers, unless that was done already.
  func reply(_ reply: Reply, to exchange: Exchange, about asked: AskedCommand?) {
    guard !exchange.isAnswered else { return }
    exchange.times.enter(.replied, at: loop.now)
    // Not by the turn's own clock: what the turn itself takes is a part of it.
    counts.answered(
      exchange.decision, exchange.call, team: exchange.teamNumber, status: reply.status, after: .now - exchange.received
    )
    exchange.spans?.answered(with: reply.status, at: loop.now)
    if let detail = exchange.detail {
      log.debug("request", metadata: exchange.requestLine(detail, status: reply.status, about: asked))
    }
    exchange.reply(reply, about: asked, closing: stop > .serving)
  }

  /// The ledger says no.
  ///
  /// - Parameter limits: all that the request counts against; empty where none was looked at.
  func note(_ refusal: Refusal, _ limits: [LimitStatus], of exchange: Exchange) {
    // Who asks what became of a command is told that this can't be said, and no command was refused.
    guard exchange.decision != .inspected else { return }
    exchange.decision = RequestDecision(refusal)
    if refusal.kind == .limited, let caller = exchange.caller { counts.limited(caller, limits) }
  }

  // MARK: The page

  /// It is made elsewhere: with a thousand teams it takes some milliseconds, for which no request should wait.
  func askForPage(_ request: IncomingRequest, _ responder: consuming Responder) {
    let accepted = request.fields.rawValues(of: "accept").map { String(decoding: $0, as: UTF8.self) }
    let format = ExpositionFormat(accepting: accepted)
    pages.append(WaitingPage(format, WaitingAnswer(responder)))
    onPageAsked(format)
  }

  /// A page of metrics is there. They come in the order in which they were asked for.
  package func exposed(_ page: [UInt8], _ format: ExpositionFormat) {
    guard let index = pages.firstIndex(where: { $0.format == format }) else { return }
    pages.remove(at: index).answer.send(Reply(status: 200, fields: ["Content-Type": format.contentType], body: page))
  }
}

/// Whoever asked for a page of metrics, until it is there.
struct WaitingPage {
  let format: ExpositionFormat
  let answer: WaitingAnswer

  init(_ format: ExpositionFormat, _ answer: WaitingAnswer) {
    self.format = format
    self.answer = answer
  }
}
