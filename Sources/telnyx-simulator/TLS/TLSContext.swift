import COpenSSL
import Certificates
import Glibc

/// What all TLS connections share: a server certificate made at start, and the key to it.
///
/// Safe because an SSL_CTX counts its references with atomics and is only read once `init` has returned
/// (OpenSSL, "openssl-threads").
final class TLSContext: @unchecked Sendable {
  private let pointer: OpaquePointer

  /// - Parameters:
  ///   - directory: where `ca.pem` and `pin.txt` go, for clients. No private key is ever written.
  ///   - seconds: for how long from now the server's certificate is valid.
  init(publishingTo directory: String, validFor seconds: Int) throws {
    let authorityKey = try PrivateKey()
    let authority = try Certificate.authority(authorityKey)
    let key = try PrivateKey()
    var content = Certificate.Content()
    content.end = seconds
    let certificate = try Certificate.leaf(content, key, signedBy: authority, authorityKey)

    guard mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw SocketError("make \(directory)") }
    try authority.write(to: "\(directory)/ca.pem")
    try Self.write(try key.pin() + "\n", to: "\(directory)/pin.txt")

    guard let context = SSL_CTX_new(TLS_server_method()) else { throw OpenSSLError("make a TLS context") }
    pointer = context
    // SSL_CTX_set_min_proto_version is a macro for this call.
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    try check(SSL_CTX_use_certificate(context, certificate.pointer), "use the server's certificate")
    try check(SSL_CTX_use_PrivateKey(context, key.pointer), "use the server's key")
  }

  deinit { SSL_CTX_free(pointer) }

  /// Shakes hands with a client, which blocks.
  ///
  /// - Returns: nil when the client will not have it; the socket is then closed.
  func accept(_ socket: PlainStream) -> TLSStream? {
    guard let connection = SSL_new(pointer) else {
      socket.end(.close)
      return nil
    }
    guard SSL_set_fd(connection, socket.descriptor) == 1, SSL_accept(connection) == 1 else {
      SSL_free(connection)
      ERR_clear_error()
      socket.end(.close)
      return nil
    }
    return TLSStream(connection, over: socket)
  }

  private static func write(_ text: String, to path: String) throws(SocketError) {
    guard let file = fopen(path, "w") else { throw SocketError("open \(path)") }
    let isWritten = fputs(text, file) >= 0
    guard fclose(file) == 0, isWritten else { throw SocketError("write \(path)") }
  }
}
