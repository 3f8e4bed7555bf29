/// Bytes that must reach no log, reply or record: prints as `<redacted>` wherever it is printed.
///
/// The one way to the bytes is `reveal`, so that a search for that word finds every place that sees them.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package func reveal() -> [UInt8] { bytes }

  package var isEmpty: Bool { bytes.isEmpty }
  package var description: String { "<redacted>" }
  package var debugDescription: String { "<redacted>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
