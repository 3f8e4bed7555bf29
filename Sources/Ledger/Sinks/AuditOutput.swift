/// Where a sink's lines end up. Used by the sink's thread alone.
protocol AuditOutput: AnyObject {
  /// How long lines are gathered before they are written: what makes one write dear should be there for many lines.
  var patience: Duration { get }

  /// Writes some of the lines, from their start; returns when that is where it survives what the output promises to
  /// survive.
  ///
  /// - Parameter lines: not empty; ends with a line feed.
  /// - Returns: the bytes that need not be given again.
  func writeSome(_ lines: ArraySlice<UInt8>) throws(AuditOutputError) -> Int

  /// Makes sure that the next lines go to where they belong now, which may be another file than before.
  func reopen() throws(AuditOutputError)
}

struct AuditOutputError: Error {
  /// Whether trying again can't help: whoever read it is gone.
  let isFinal: Bool
  let message: String

  init(_ message: String, isFinal: Bool = false) {
    self.isFinal = isFinal
    self.message = message
  }
}
