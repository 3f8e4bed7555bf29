/// Where a sink's lines end up. Used by the sink's thread alone.
protocol AuditOutput: AnyObject {
  /// Writes whole lines; returns when all of it is where it survives what the output promises to survive.
  ///
  /// - Throws: with how many bytes were taken before that.
  func write(_ lines: ArraySlice<UInt8>) throws(AuditOutputError)
}

struct AuditOutputError: Error {
  /// Bytes that were written, and need not be given again.
  let written: Int
  /// Whether trying again can help.
  let isFinal: Bool
  let message: String
}
