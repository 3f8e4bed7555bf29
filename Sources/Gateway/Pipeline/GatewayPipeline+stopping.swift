internal import EventLoop

/// The end of the process, as the pipeline sees it: first it is announced, then nothing new is sent, at last nothing is
/// waited for.
extension GatewayPipeline {
  /// Everything goes on, but whoever asks is told that it won't for long: probes at the admin listener, and callers by the end of
  /// their connections, so that none of them sends on one that is about to go.
  package func announceStop() {
    stop = .announced
    turnReloadsAway()
  }

  /// Sends nothing new from now on; what is under way goes on.
  package func drain() { stop = .draining }

  /// No request is under way.
  package var isIdle: Bool { exchanges.isEmpty }

  /// The time to drain is over: ends what is on its way, as unknown where it may have been executed.
  package func abandon() {
    stop = .abandoning
    reconciler.cancel()
    for exchange in exchanges.all {
      if let timer = exchange.backoffTimer.take() { loop.timers.cancel(timer) }
      run(exchange.state.abandon(at: loop.now), of: exchange)
    }
  }
}
