/// How a page of metrics is written.
package enum ExpositionFormat: Sendable, Equatable, CaseIterable {
  /// Prometheus' own.
  case text
  /// OpenMetrics 1.0.
  case openMetrics

  package var contentType: String {
    switch self {
    case .text: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  /// OpenMetrics where it is asked for by name and nothing is liked better; else text, which everybody can read
  /// (RFC 9110, section 12.5.1).
  ///
  /// - Parameter accept: the values of all `Accept` fields.
  package init(accepting accept: [String]) {
    var (open, text) = (0, 0)
    for range in accept.joined(separator: ",").split(separator: ",").map(MediaRange.init) {
      switch range.type {
      case "application/openmetrics-text" where range.version == nil || range.version == "1.0.0":
        open = max(open, range.weight)
      case "text/plain", "text/*", "*/*": text = max(text, range.weight)
      default: break
      }
    }
    self = open > 0 && open >= text ? .openMetrics : .text
  }
}

/// One of the media types that a client accepts.
private struct MediaRange {
  let type: String
  private(set) var version: String?
  /// Thousandths.
  private(set) var weight = 1000

  init(_ text: Substring) {
    let parts = text.lowercased().split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
    type = parts.first ?? ""
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map { Self.trimmed($0[...]) }
      guard pair.count == 2 else { continue }
      switch pair[0] {
      case "version": version = pair[1].filter { $0 != "\"" }
      // One that can't be read is no wish.
      case "q": weight = Double(pair[1]).map { $0 >= 0 && $0 <= 1 ? Int($0 * 1000) : 0 } ?? 0
      default: break
      }
    }
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
