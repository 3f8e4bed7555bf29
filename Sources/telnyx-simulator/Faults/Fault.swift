/// What goes wrong with one call. The parts are independent of each other, so faults combine.
struct Fault: Sendable {
  /// Instead of executing.
  enum Instead: Sendable {
    case status(Int)
    case redirect(String)
    case close, reset, hang
  }

  /// In place of the conference, after executing.
  enum Content: Sendable {
    case status(Int)
    case garbage, noConference
  }

  /// How the reply's bytes travel, or don't.
  enum Delivery: Sendable {
    /// One byte every so many milliseconds.
    case trickle(Int)
    /// Only so many bytes, and the end.
    case cut(Int)
    case garbage, close, reset, hang
  }

  /// Milliseconds before executing.
  var delay = 0
  /// Milliseconds between executing and replying.
  var delayAfter = 0
  var instead: Instead?
  var content: Content?
  var framing: ReplyFraming?
  var delivery: Delivery?
  /// A 100 and a 103 come before all else.
  var sendsInterim = false
  /// The connection ends after the reply, which does not announce it.
  var closesIdle = false
  var headers: [(name: String, value: String)] = []
}
