/// A place where bytes from outside become something. `check` feeds it with any bytes and asks for more than that it doesn't
/// crash: for what must hold of its answer, whatever they are.
///
/// Raw values name the target on the command line, its file of kept inputs under `Corpora` and its folder under `Crashes`.
enum FuzzTarget: String, CaseIterable, Sendable {
  /// A caller's body: decoded, judged, and written anew.
  case body
  /// `hold_audio_url` and the prefixes that it is held against; `upstream.url`.
  case url
  /// What a request asks for, and of which host.
  case target
  /// A gateway's file and its teams' files.
  case yaml
  /// The fields of a request and of a reply, on their way through.
  case fields
  /// What Telnyx, or the way there, says to a create.
  case reply
  /// What Telnyx says when it is asked what became of one.
  case lookUp = "look-up"
  /// An exported audit.
  case audit
  /// What SQLite writes into a log.
  case log
  /// How long a caller is told to wait.
  case waiting

  func check(_ input: [UInt8]) throws(Violation) {
    switch self {
    case .body: try Self.checkBody(input)
    case .url: try Self.checkURL(input)
    case .target: try Self.checkTarget(input)
    case .yaml: try Self.checkYAML(input)
    case .fields: try Self.checkFields(input)
    case .reply: try Self.checkReply(input)
    case .lookUp: try Self.checkLookUp(input)
    case .audit: try Self.checkAudit(input)
    case .log: try Self.checkLog(input)
    case .waiting: try Self.checkWaiting(input)
    }
  }
}
