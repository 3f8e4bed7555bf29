package import EventLoop

/// The exchanges that are open, and what a turn of the loop brings them.
extension GatewayPipeline {
  func open(_ request: IncomingRequest, responder: consuming Responder) -> Exchange {
    let snapshot = request.judged?.snapshot ?? snapshot
    let exchange = Exchange(
      id: exchanges.makeID(), request: request, trace: trace(of: request, snapshot), snapshot: snapshot,
      responder: responder, isDetailed: threshold.hasRequests)
    exchanges.put(exchange)
    counts.setInFlight(exchanges.count)
    deadlines.add(exchange.id, at: exchange.deadline, open: exchanges)
    return exchange
  }

  /// An id for what is asked without an exchange.
  func newBackgroundID() -> ExchangeID { exchanges.makeIDWithoutSlot() }

  func close(_ exchange: Exchange) {
    if let timer = exchange.graceTimer { loop.timers.cancel(timer) }
    if let timer = exchange.backoffTimer { loop.timers.cancel(timer) }
    exchanges.remove(exchange.id)
    counts.setInFlight(exchanges.count)
    deadlines.forgetClosed(open: exchanges)
    exportSpans(of: exchange)
  }

  /// Asks the ledger for an exchange, which waits for the answer.
  func ask(_ request: LedgerRequest, for exchange: Exchange) {
    exchange.spans?.asks(request, at: loop.now)
    submit(request, for: exchange.id)
  }

  /// Asks the ledger at the end of this turn.
  func submit(_ request: LedgerRequest, for exchange: ExchangeID) {
    outgoing.append(AddressedLedgerRequest(exchange: exchange, request: request))
  }
}

/// What a turn of the loop brought for the ledger goes there at the turn's end, all at once: to wake the ledger's thread
/// for each request would cost more than the requests do, and would leave it batches of one.
extension GatewayPipeline: BeforeSleepHook {
  package var wakeTime: MonotonicTime { deadlines.next }

  package func beforeSleep() {
    while deadlines.next <= loop.now, let exchange = deadlines.takeDue(at: loop.now, open: exchanges) {
      deadlinePassed(exchange)
    }
    guard !outgoing.isEmpty else { return }
    ledger.submit(outgoing, to: mailbox)
    outgoing.removeAll(keepingCapacity: true)
  }
}
