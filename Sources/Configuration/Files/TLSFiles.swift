internal import Crypto
internal import Gateway
internal import Glibc

/// Looks into the files of listeners' certificates and keys: whether callers can be served with them now.
///
/// A certificate whose time is over is an error: no caller would take it. Where it is in force already it is a warning, for else
/// nothing else of the configuration could be changed while it is there.
struct TLSFiles {
  /// Bytes: a system's whole bundle of authorities has 200 KB.
  static let largest = 4 << 20

  /// All that were read; a key's digest tells nothing of it.
  private(set) var files: [GatewayConfiguration.File] = []
  private(set) var own: [GatewayConfiguration.OwnCertificate] = []

  private let reader: FileReader
  private let inForce: [GatewayConfiguration.File]
  private let now = Int64(time(nil))

  /// - Parameter inForce: what the configuration in force has read of such files.
  init(_ gateway: GatewayFile, inForce: [GatewayConfiguration.File]) {
    reader = gateway.reader
    self.inForce = inForce
    for tls in gateway.tls { check(tls) }
  }

  private mutating func check(_ tls: ReadTLS) {
    let settings = tls.settings
    if let path = settings.clientAuthorities { checkAuthorities(path, tls.clientAuthorities) }
    guard let pem = read(settings.certificate, "certificate", tls.certificate) else {
      _ = readKey(settings.key, tls.key) { _ in }
      return
    }
    guard let certificate = CertificateFile(pem: pem) else {
      reader.report(
        tls.certificate, "server.listen.tls.certificate: \(settings.certificate) holds no PEM certificate")
      _ = readKey(settings.key, tls.key) { _ in }
      return
    }
    let times = certificate.times[0]
    own.append(GatewayConfiguration.OwnCertificate(path: settings.certificate, end: times.upperBound))
    if times.upperBound < now {
      tell(settings.certificate, tls.certificate, "has ended on \(Self.date(times.upperBound)): no caller takes it")
    } else if times.lowerBound > now {
      tell(
        settings.certificate, tls.certificate, "begins on \(Self.date(times.lowerBound)): until then no caller takes it"
      )
    }
    guard let fit = readKey(settings.key, tls.key, { certificate.fit(ofKey: $0) }) else { return }
    switch fit {
    case .fits: break
    case .foreign:
      reader.report(tls.key, "server.listen.tls.key: \(settings.key) is not the key to \(settings.certificate)")
    case .none:
      reader.report(tls.key, "server.listen.tls.key: \(settings.key) holds no PEM private key without a password")
    }
  }

  private mutating func checkAuthorities(_ path: String, _ position: Position) {
    guard let pem = read(path, "client_ca", position) else { return }
    guard let authorities = CertificateFile(pem: pem) else {
      return reader.report(position, "server.listen.tls.client_ca: \(path) holds no PEM certificate")
    }
    let ended = authorities.times.count { $0.upperBound < now }
    guard ended > 0 else { return }
    let isAll = ended == authorities.count
    reader.diagnostics.warn(
      reader.file, position,
      "server.listen.tls.client_ca: of the certificates in \(path) \(isAll ? "each" : "\(ended) of \(authorities.count)") has"
        + " ended\(isAll ? ": nobody can call" : "")")
  }

  /// Of a certificate that callers don't take now.
  private func tell(_ path: String, _ position: Position, _ fault: String) {
    let message = "server.listen.tls.certificate: \(path) \(fault)"
    let isInForce = files.last.map(inForce.contains) ?? false
    if isInForce {
      reader.diagnostics.warn(reader.file, position, message)
    } else {
      reader.report(position, message)
    }
  }

  private mutating func read(_ path: String, _ key: String, _ position: Position) -> [UInt8]? {
    do throws(FileError) {
      let bytes = try FileContents.read(path, limit: Self.largest)
      files.append(GatewayConfiguration.File(path: path, digest: Digest.sha256(bytes).hex))
      return bytes
    } catch {
      reader.report(position, "server.listen.tls.\(key): \(path) \(error.message)")
      return nil
    }
  }

  private mutating func readKey<Value>(
    _ path: String, _ position: Position, _ body: (UnsafeRawBufferPointer) -> Value
  ) -> Value? {
    do throws(FileError) {
      let (value, digest) = try FileContents.withSecret(path) { (body($0), Digest.sha256($0).hex) }
      files.append(GatewayConfiguration.File(path: path, digest: digest))
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & 0o007 != 0 {
        reader.diagnostics.warn(
          reader.file, position,
          "server.listen.tls.key: \(path) has mode \(String(status.st_mode & 0o7777, radix: 8)): every user of this machine"
            + " can get at it (chmod o= \(path))")
      }
      return value
    } catch {
      reader.report(position, "server.listen.tls.key: \(path) \(error.message)")
      return nil
    }
  }

  /// `2026-11-28 03:20:00 UTC`.
  private static func date(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S UTC", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
