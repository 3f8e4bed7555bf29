internal import JSON

/// What became of a batch that was sent.
enum CollectorAnswer: Equatable {
  /// Taken, but for some spans of it.
  case accepted(rejected: Int, message: String)
  /// It may be sent again, perhaps not before a while.
  case unavailable(ExportFailure, wait: Duration?)
  /// It must not be sent again.
  case refused(ExportFailure)
  /// The process ends.
  case cancelled
}

/// What went wrong, for people.
struct ExportFailure: Equatable {
  let reason: String
  let detail: String
}

extension CollectorAnswer {
  /// By the table of OTLP over HTTP: 429, 502, 503 and 504 may be sent again; any other status that is no success must not.
  ///
  /// - Parameters:
  ///   - body: as much of it as was read.
  ///   - wait: that the collector asks for.
  init(status: Int, body: [UInt8], wait: Duration?) {
    let failure = ExportFailure(reason: "status \(status)", detail: "the collector has answered with \(status)")
    switch status {
    case 200..<300:
      // Whatever else it says: taken is taken.
      let partial = (try? JSONValue.parse(body))?["partialSuccess"]
      let rejected = partial?["rejectedSpans"]
      // A number of 64 bits is a text there.
      let count = rejected?.string.flatMap(Int.init) ?? rejected?.integer.flatMap(Int.init(exactly:)) ?? 0
      self = .accepted(rejected: count, message: partial?["errorMessage"]?.string ?? "")
    case 429, 502, 503, 504: self = .unavailable(failure, wait: wait)
    default: self = .refused(failure)
    }
  }
}

extension JSONValue {
  fileprivate var integer: Int64? { if case .integer(let integer) = self { integer } else { nil } }
}
