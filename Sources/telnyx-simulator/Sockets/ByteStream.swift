/// A client's connection as bytes, plain or under TLS. Every call blocks; one thread owns the stream.
protocol ByteStream {
  /// - Returns: how many bytes came, or 0 when none will come any more, whatever the reason.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int

  /// - Returns: whether all bytes were handed to the kernel.
  func write(_ bytes: UnsafeRawBufferPointer) -> Bool

  /// The last call on a stream.
  func end(_ ending: StreamEnding)
}

extension ByteStream {
  func write(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { write($0) } }

  /// Takes and drops whatever comes until the client leaves.
  func drain() {
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      while read(into: buffer) > 0 {}
    }
  }
}
