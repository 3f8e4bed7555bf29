internal import CGnuTLS
internal import CLinux
internal import CMicrohttpd
internal import EventLoop
internal import Gateway

/// The TLS of one connection. libmicrohttpd owns the session, shakes hands by it, reads and writes; this gives it its credentials,
/// hears how the handshake ends, and knows whose certificate was shown.
///
/// A deadline of the connection covers its handshake, too. There are no session tickets: who is known by a certificate shows it on
/// each connection.
///
/// Belongs to one worker's thread.
final class TLSConnection {
  /// With forward secrecy and authenticated encryption alone. Which of these, the client says: it has sent a share of the group that
  /// it likes best, and for another one it would have to be asked again.
  static let priorities =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-DHE-DSS:-AES-128-CBC:-AES-256-CBC"

  enum Ending {
    case secured(ClientCertificate?)
    /// What comes is HTTP without TLS.
    case plain
    /// For people.
    case failed(String)
    /// The client has left without a byte: whoever looks whether a port is open.
    case left
  }

  private let endpoint: TLSEndpoint
  /// Kept as long as the session, which only points to them.
  private var credentials: TLSCredentials
  /// nil once libmicrohttpd has freed it.
  private var session: gnutls_session_t?
  private var hasBegun = false
  private(set) var isPlain = false
  private var certificate: ClientCertificate?
  /// libmicrohttpd has its connection suspended until the client goes on with the handshake.
  var pause: HandshakePause?

  init(_ endpoint: TLSEndpoint) {
    self.endpoint = endpoint
    credentials = endpoint.current
  }

  /// libmicrohttpd has made the session.
  func start(_ mhd: OpaquePointer, on socket: Int32) {
    // A handshake is several small pieces: each would wait until the one before is acknowledged, 40 ms.
    Self.enable(TCP_NODELAY, on: socket)
    guard let session = convene_tls_session(mhd).map({ OpaquePointer($0) }) else { return }
    self.session = session
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials.handle))
    gnutls_certificate_server_set_request(
      session, credentials.authorities == nil ? GNUTLS_CERT_IGNORE : GNUTLS_CERT_REQUIRE)
  }

  /// libmicrohttpd has freed the session.
  func end() { session = nil }

  /// Whether what comes can be TLS: its first byte says so (RFC 8446, section 5.1). A request without begins with a letter.
  func isTLS(on socket: Int32) -> Bool {
    guard !hasBegun else { return true }
    var byte: UInt8 = 0
    guard recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 1 else { return true }
    hasBegun = true
    isPlain = byte > 0x20 && byte < 0x7F
    return !isPlain
  }

  func ended(_ result: Int32, on socket: Int32) -> Ending {
    guard let session else { return .left }
    guard result < 0 else {
      // The same for the client, whose request waits for its last piece's acknowledgement: nothing is sent from here now.
      Self.enable(TCP_QUICKACK, on: socket)
      guard credentials.authorities != nil else { return .secured(nil) }
      certificate = ClientCertificate(of: session)
      return .secured(certificate)
    }
    guard !isPlain else { return .plain }
    guard hasBegun else { return .left }
    if result == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR { return .failed(Self.words(of: session)) }
    if result == GNUTLS_E_FATAL_ALERT_RECEIVED, let alert = gnutls_alert_get_name(gnutls_alert_get(session)) {
      return .failed("its client says: \(String(cString: alert))")
    }
    return .failed(String(cString: gnutls_strerror(result)))
  }

  private static func enable(_ option: Int32, on socket: Int32) {
    var one: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), option, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Whether the certificate that was shown counts still: it has not ended, and those authorities know it that are asked now.
  ///
  /// - Returns: why not, for people; nil = it does, or none is asked for.
  func objection(at time: WallTime) -> String? {
    if let certificate, certificate.end < time { return "the certificate has ended since it was shown" }
    let current = endpoint.current
    guard current !== credentials else { return nil }
    defer { credentials = current }
    // The session must not point to what may go now.
    guard let session else { return nil }
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(current.handle))
    guard current.authorities != credentials.authorities, current.authorities != nil else { return nil }
    guard certificate != nil else { return "a certificate is asked for since, and none was shown" }
    return convene_verify_client(session, nil, 0) == 0 ? nil : Self.words(of: session)
  }

  private static func words(of session: gnutls_session_t) -> String {
    var words = [CChar](repeating: 0, count: 512)
    let result = convene_verify_client(session, &words, words.count)
    let text = String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.isEmpty ? String(cString: gnutls_strerror(result)) : text
  }

  /// - Returns: false where not all of it could be sent at once.
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while let session, !rest.isEmpty {
      // One record at a time (gnutls_record_send(3)).
      let count = rest.withUnsafeBytes { gnutls_record_send(session, $0.baseAddress, $0.count) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return rest.isEmpty
  }

  /// Says that nothing more comes from here.
  func sayGoodbye() {
    if let session { gnutls_bye(session, GNUTLS_SHUT_WR) }
  }
}

/// Has every handshake told to the connection that it is of.
enum Handshakes {
  static func tell() {
    convene_tell_of_handshakes(
      { session in
        guard let connection = Handshakes.connection(of: session) else { return 0 }
        return connection.handshakeGoesOn() ? 0 : 1
      },
      { session, writes in
        guard let session, let mhd = gnutls_session_get_ptr(session) else { return }
        Handshakes.connection(of: session)?.handshakeWaits(OpaquePointer(mhd), for: writes == 0 ? .readable : .writable)
      },
      { session, result in Handshakes.connection(of: session)?.handshakeEnded(result) })
  }

  /// libmicrohttpd keeps its connection as the session's pointer, and ours in that.
  fileprivate static func connection(of session: gnutls_session_t?) -> CallerConnection? {
    guard let session, let mhd = gnutls_session_get_ptr(session),
      let context = convene_socket_context(OpaquePointer(mhd))
    else { return nil }
    return Unmanaged<CallerConnection>.fromOpaque(context).takeUnretainedValue()
  }
}
