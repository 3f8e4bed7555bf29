internal import Logging

/// Mistakes of this program. They must not be silent, nor cost a caller its answer or a command its outcome.
extension GatewayPipeline {
  func tell(_ fault: ExchangeFault, to exchange: Exchange, isEnd: Bool) {
    log.error(
      "an exchange was told what can't be",
      metadata: [
        "event": "\(fault.event)", "state": "\(fault.state)", "request_id": "\(exchange.requestID)",
        "command_id": "\(fault.asked?.commandID ?? "")",
      ])
    reply(Reply(fault.refusal, requestID: exchange.requestID), to: exchange, about: fault.asked)
    if isEnd { close(exchange) }
  }

  /// What is for no exchange, and for no look-up either.
  func logStray(_ message: String, _ id: ExchangeID) {
    log.error("\(message)", metadata: ["exchange": "\(id.number)"])
  }
}
