internal import Logging

/// Mistakes of this program. They must not be silent, nor cost a caller its answer or a command its outcome.
extension GatewayPipeline {
  func tell(_ fault: ExchangeFault, to exchange: Exchange, isEnd: Bool) {
    var metadata = exchange.logMetadata
    metadata["event"] = "\(fault.event)"
    metadata["state"] = "\(fault.state)"
    metadata["command_id"] = "\(fault.asked?.commandID ?? "")"
    log.error("an exchange was told what can't be", metadata: metadata)
    reply(Reply(fault.refusal, requestID: exchange.requestID), to: exchange, about: fault.asked)
    if isEnd { close(exchange) }
  }

  /// What is for no exchange, and for no look-up either.
  func logStray(_ message: String, _ id: ExchangeID) {
    log.error("\(message)", metadata: ["exchange": "\(id.number)"])
  }
}
