internal import EventLoop

/// Which of an exchange's stages an event begins.
extension GatewayPipeline {
  func note(_ answer: LedgerAnswer, in times: inout StageTimes) {
    switch answer {
    case .admitted, .resume, .replayed, .refused, .reconcile, .absent, .passed: times.enterOnce(.admitted, at: loop.now)
    case .settled, .settledOtherwise, .recorded, .resolved: times.enter(.settled, at: loop.now)
    case .tokenNoted, .operation, .nothingUnknown, .visible: break
    }
  }

  func note(_ outcome: AttemptOutcome, in times: inout StageTimes) {
    if case .replied(let reply) = outcome, let firstByte = reply.firstByte { times.enter(.firstByte, at: firstByte) }
    times.enter(.outcome, at: loop.now)
  }
}
