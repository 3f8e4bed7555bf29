/// A text in which `*` stands for any bytes, or none. Everything else stands for itself; the whole text must match.
package struct Glob: Sendable, Equatable {
  package let text: String
  private let bytes: [UInt8]

  package init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  package static func == (left: Glob, right: Glob) -> Bool { left.bytes == right.bytes }

  package func matches(_ text: String) -> Bool { matches(Array(text.utf8)) }

  /// Whether this glob surely matches all that the other one does. To the other's `*` only a `*` of this one is equal.
  func covers(_ other: Glob) -> Bool { matches(other.bytes) }

  /// No recursion: on a mismatch only the last `*` takes one byte more, since an earlier one could gain nothing by it.
  /// So the cost is at most the product of both lengths.
  private func matches(_ subject: [UInt8]) -> Bool {
    let star = UInt8(ascii: "*")
    var at = 0
    var position = 0
    var retry: (glob: Int, subject: Int)?
    while position < subject.count {
      if at < bytes.count, bytes[at] == star {
        retry = (at + 1, position)
        at += 1
      } else if at < bytes.count, bytes[at] == subject[position] {
        at += 1
        position += 1
      } else if let last = retry {
        retry = (last.glob, last.subject + 1)
        at = last.glob
        position = last.subject + 1
      } else {
        return false
      }
    }
    return bytes[at...].allSatisfy { $0 == star }
  }
}
