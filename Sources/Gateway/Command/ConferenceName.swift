/// A conference's name without what Telnyx may have changed of it when it stored it: case, spaces and the like, composed or
/// decomposed letters. Names that differ in this are certainly different ones; others may be one.
package struct ConferenceName: Sendable, Equatable {
  private let letters: String

  package init(_ name: String) {
    // Swift compares strings by canonical equivalence: a composed and a decomposed letter are the same.
    letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
  }
}
