internal import Conference

/// An exchange was told what can't be where it stands: a mistake in this program.
struct ExchangeFault {
  /// What it was told, such as `settled`.
  let event: String
  /// Where it stood, such as `sending`.
  let state: String
  let asked: AskedCommand?

  /// What the caller is told of it: nothing of the outcome, which may not be durable, but where it will be found.
  var refusal: Refusal {
    Refusal(
      .internalFault, faults: [Fault(.unexpected, "this gateway has made a mistake, which is in its log")],
      operation: asked.map { Operation.path(of: $0.commandID) })
  }
}
