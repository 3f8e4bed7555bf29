internal import COpenSSL
internal import Glibc

/// What a client of the tests wants of TLS.
package struct TLSClientSettings: Sendable {
  /// A PEM file of the authorities that it trusts; nil = it takes whatever comes.
  package var authorities: String?
  package var own: TestAuthority.Pair?
  /// The newest version that it speaks: `1.1`, `1.2`, `1.3`.
  package var newest = "1.3"

  package init(authorities: String? = nil, own: TestAuthority.Pair? = nil) {
    self.authorities = authorities
    self.own = own
  }
}

/// TLS over a connected socket, as OpenSSL speaks it.
final class TLSChannel {
  private let context: OpaquePointer
  private let connection: OpaquePointer
  /// OpenSSL's words for what has ended it.
  private(set) var fault: String?

  /// OpenSSL writes to a socket that was closed as to any file.
  private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

  /// Shakes hands.
  init(_ settings: TLSClientSettings, over socket: Int32) throws {
    Self.ignoresBrokenPipes
    let context = try unwrap(SSL_CTX_new(TLS_client_method()), "no TLS context")
    self.context = context
    connection = try unwrap(SSL_new(context), "no TLS connection")
    let versions = ["1.1": TLS1_1_VERSION, "1.2": TLS1_2_VERSION, "1.3": TLS1_3_VERSION]
    // Macros for these calls. Security level 0 lets an old client be itself.
    SSL_set_security_level(connection, 0)
    SSL_ctrl(connection, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_VERSION), nil)
    SSL_ctrl(connection, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(versions[settings.newest] ?? TLS1_3_VERSION), nil)
    if let path = settings.authorities {
      SSL_CTX_load_verify_locations(context, path, nil)
      SSL_set_verify(connection, SSL_VERIFY_PEER, nil)
    }
    if let own = settings.own {
      SSL_use_certificate_file(connection, own.certificate, SSL_FILETYPE_PEM)
      SSL_use_PrivateKey_file(connection, own.key, SSL_FILETYPE_PEM)
    }
    guard SSL_set_fd(connection, socket) == 1, SSL_connect(connection) == 1 else {
      throw Failure("no TLS: \(Self.lastFault())")
    }
  }

  deinit {
    SSL_free(connection)
    SSL_CTX_free(context)
  }

  /// `TLSv1.3`.
  var version: String { String(cString: SSL_get_version(connection)) }

  func send(_ bytes: [UInt8]) throws {
    guard SSL_write(connection, bytes, Int32(bytes.count)) == bytes.count else {
      throw Failure("the connection took not all: \(Self.lastFault())")
    }
  }

  /// As `WireClient.read`.
  func read() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = SSL_read(connection, &buffer, Int32(buffer.count))
    if count > 0 { return Array(buffer[..<Int(count)]) }
    let error = SSL_get_error(connection, count)
    if error == SSL_ERROR_ZERO_RETURN { return [] }
    let isReset = error == SSL_ERROR_SYSCALL
    fault = Self.lastFault()
    // The end of the stream without a goodbye.
    return !isReset && fault?.contains("unexpected eof") == true ? [] : nil
  }

  var hasUnread: Bool { SSL_pending(connection) > 0 }

  func endSending() { SSL_shutdown(connection) }

  private static func lastFault() -> String {
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(ERR_peek_last_error(), &text, text.count)
    ERR_clear_error()
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
