/// The first thing that is wrong with an audit.
package struct AuditFinding: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: String, Sendable, CaseIterable {
    /// The last line is incomplete, as a crash leaves it.
    case torn = "torn tail"
    /// A record is not the one that was hashed, or doesn't follow the one before it.
    case edited
    /// Something vouches for records behind the last one.
    case truncated
    /// Records are missing between two others, or before the first.
    case gap
    /// A signature is not that of a key that was given.
    case badSignature = "bad signature"
  }

  /// Where in a file.
  package struct Place: Sendable, Equatable {
    package var file: String
    /// Counted from 1.
    package var line: Int

    package init(file: String, line: Int) {
      self.file = file
      self.line = line
    }
  }

  package let kind: Kind
  /// nil = not in a line of a file.
  package let place: Place?
  /// The record that it is about, where one can be named.
  package let seq: Int64?
  /// Whose chain, where there are several.
  package private(set) var writer: Int64?
  package let reason: String

  init(_ kind: Kind, _ place: Place?, seq: Int64? = nil, _ reason: String) {
    self.kind = kind
    self.place = place
    self.seq = seq
    self.reason = reason
  }

  /// The same about a chain among several.
  func of(_ writer: Int64?) -> AuditFinding {
    var finding = self
    finding.writer = self.writer ?? writer
    return finding
  }

  package static func torn(_ place: Place) -> AuditFinding {
    AuditFinding(.torn, place, "the last line is incomplete, as a crash leaves it")
  }

  /// One sentence.
  package var description: String {
    let places = [
      place.map { "\($0.file): line \($0.line)" }, writer.map { "writer \($0)" }, seq.map { "seq \($0)" },
    ].compactMap(\.self)
    return "\(kind.rawValue): \(places.joined(separator: ", "))\(places.isEmpty ? "" : ": ")\(reason)"
  }
}
