import COpenSSL

/// A connection under TLS, its handshake done.
final class TLSStream: ByteStream {
  private let connection: OpaquePointer
  private let socket: PlainStream

  /// Takes `connection` over.
  init(_ connection: OpaquePointer, over socket: PlainStream) {
    self.connection = connection
    self.socket = socket
  }

  deinit { SSL_free(connection) }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    max(0, Int(SSL_read(connection, buffer.baseAddress, Int32(clamping: buffer.count))))
  }

  /// On a blocking socket SSL_write returns when all is written, or not at all (OpenSSL, "SSL_write").
  func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.isEmpty || SSL_write(connection, bytes.baseAddress, Int32(clamping: bytes.count)) > 0
  }

  func end(_ ending: StreamEnding) {
    // A reset comes without warning.
    if ending != .reset { SSL_shutdown(connection) }
    socket.end(ending)
  }
}
