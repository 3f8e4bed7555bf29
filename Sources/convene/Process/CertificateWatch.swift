internal import EventLoop
internal import Gateway
internal import Logging

/// Says of each certificate that callers are shown until when it is valid: at the start, when it has changed, once a day, and when
/// it comes near its end or has ended.
struct CertificateWatch {
  private static let warning: Duration = .seconds(14 * 86_400)
  private static let pause: Duration = .seconds(86_400)

  private enum State {
    case valid, ending, ended
  }

  private let log: Logger
  private var certificates: [GatewayConfiguration.OwnCertificate] = []
  /// What was said last of each.
  private var told: [State] = []
  private var next = MonotonicTime.distantFuture

  init(log: Logger) { self.log = log }

  /// - Parameter certificates: those in force from now on.
  mutating func use(_ certificates: [GatewayConfiguration.OwnCertificate]) {
    var places: Set<String> = []
    self.certificates = certificates.filter { places.insert($0.path).inserted }
    tellAll()
  }

  /// Called about once a second, off the request path.
  mutating func tick() {
    if MonotonicTime.now >= next { return tellAll() }
    for index in certificates.indices where told[index] != state(of: certificates[index]) { tell(index) }
  }

  private mutating func tellAll() {
    next = certificates.isEmpty ? .distantFuture : .now + Self.pause
    told = certificates.map { _ in .valid }
    for index in certificates.indices { tell(index) }
  }

  private mutating func tell(_ index: Int) {
    let certificate = certificates[index]
    told[index] = state(of: certificate)
    let metadata: Logger.Metadata = [
      "path": "\(certificate.path)", "valid_until": "\(Self.end(of: certificate).rfc3339)",
      "days": .stringConvertible(Int(Self.rest(of: certificate).components.seconds / 86_400)),
    ]
    switch told[index] {
    case .valid: log.info("a certificate of this gateway is valid", metadata: metadata)
    case .ending: log.warning("a certificate of this gateway ends soon", metadata: metadata)
    case .ended: log.error("a certificate of this gateway has ended: no caller takes it", metadata: metadata)
    }
  }

  private func state(of certificate: GatewayConfiguration.OwnCertificate) -> State {
    let rest = Self.rest(of: certificate)
    return rest < .zero ? .ended : rest <= Self.warning ? .ending : .valid
  }

  private static func rest(of certificate: GatewayConfiguration.OwnCertificate) -> Duration {
    end(of: certificate) - .now
  }

  /// A certificate may be valid until the year 9999 (RFC 5280, section 4.1.2.5).
  private static func end(of certificate: GatewayConfiguration.OwnCertificate) -> WallTime {
    WallTime(microseconds: certificate.end * 1_000_000)
  }
}
