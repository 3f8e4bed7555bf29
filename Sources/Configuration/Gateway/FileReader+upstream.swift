internal import Gateway

extension FileReader {
  static let upstreamKeys = [
    "url", "tokens", "connect_timeout", "attempt_timeout", "deadline", "attempts", "max_connections", "ca_file",
    "pinned_public_key", "http2", "proxy", "forward_fields",
  ]
  /// Telnyx ignores a duplicate within 60 s; a resend is safe in the first 45 of them, so no request may live longer.
  static let deadlines: ClosedRange<Duration> = .milliseconds(1) ... .milliseconds(44_999)
  /// The first attempt and a second one, each with all of its time, are over when no send of the command may be under way
  /// any more.
  static let attemptTimeouts: ClosedRange<Duration> = .milliseconds(1)...CommandLife.deliveryWindow / 2
  static let attemptCounts = 1...10
  static let upstreamConnectionCounts = 1...10_000

  /// The settings, and where each of the tokens and the proxy's password stand.
  func upstream(_ root: Section) -> (UpstreamSettings, tokens: [Position], proxyPassword: Position?) {
    var upstream = UpstreamSettings()
    guard let value = root.required("upstream"),
      let section = section(value, "upstream", known: Self.upstreamKeys)
    else { return (upstream, [], nil) }
    if let url = section["url"] { upstream.url = upstreamURL(url) ?? upstream.url }
    var positions: [Position] = []
    if let tokens = section.required("tokens") {
      for element in list(tokens, "upstream.tokens") {
        guard let source = secretSource(element, "upstream.tokens", noun: "token") else { continue }
        if upstream.tokens.contains(source) { report(element, "upstream.tokens: this token stands here already") }
        upstream.tokens.append(source)
        positions.append(element.position)
      }
    }
    upstream.connectTimeout = section.duration("connect_timeout", in: Self.deadlines) ?? upstream.connectTimeout
    upstream.attemptTimeout = section.duration("attempt_timeout", in: Self.attemptTimeouts) ?? upstream.attemptTimeout
    upstream.deadline = section.duration("deadline", in: Self.deadlines) ?? upstream.deadline
    order(section, "connect_timeout", upstream.connectTimeout, "attempt_timeout", upstream.attemptTimeout)
    order(section, "attempt_timeout", upstream.attemptTimeout, "deadline", upstream.deadline)
    upstream.attempts = section.integer("attempts", in: Self.attemptCounts) ?? upstream.attempts
    upstream.maxConnections =
      section.integer("max_connections", in: Self.upstreamConnectionCounts) ?? upstream.maxConnections
    upstream.http2 = section.boolean("http2") ?? upstream.http2
    upstream.caFile = section["ca_file"].flatMap { certificateFile($0, "upstream.ca_file") }
    upstream.pinnedPublicKey = section["pinned_public_key"].flatMap(publicKeyPins)
    let proxy = section["proxy"].flatMap { [upstream] in self.proxy($0, of: upstream) }
    upstream.proxy = proxy?.settings
    upstream.forwardFields = FieldNames(section["forward_fields"].map(forwardedFields) ?? [])
    return (upstream, positions, proxy?.password)
  }

  /// The shorter time must not be longer than the one that encloses it. Told where the file speaks of either.
  private func order(_ section: Section, _ inner: String, _ short: Duration, _ outer: String, _ long: Duration) {
    guard short > long, let place = section[inner] ?? section[outer] else { return }
    func words(_ key: String, _ time: Duration) -> String {
      "\(key) (\(time.text)\(section[key] == nil ? " by default" : ""))"
    }
    report(place, "upstream.\(words(inner, short)) is longer than \(words(outer, long))")
  }

  func certificateFile(_ value: YAMLValue, _ name: String) -> String? {
    guard let text = text(value, name) else { return nil }
    let path = FilePath.resolve(text, relativeTo: file)
    checkCertificates(path, name, at: value.position)
    return path
  }

  /// Tells where there is no certificate in a file.
  func checkCertificates(_ path: String, _ name: String, at position: Position) {
    do throws(FileError) {
      let bytes = try FileContents.read(path, limit: 4 << 20)
      if !bytes.contains("-----BEGIN CERTIFICATE-----") {
        report(position, "\(name): \(path) holds no PEM certificate")
      }
    } catch {
      report(position, "\(name): \(path) \(error.message)")
    }
  }

  /// libcurl's `CURLOPT_PINNEDPUBLICKEY`, the form with digests.
  private func publicKeyPins(_ value: YAMLValue) -> String? {
    guard let text = text(value, "upstream.pinned_public_key") else { return nil }
    let pins = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    let areAllPins = pins.allSatisfy { pin in
      // 32 bytes in Base64 are 43 characters and one of padding.
      pin.starts(with: "sha256//".utf8) && pin.count == 52 && pin.last == UInt8(ascii: "=")
        && pin.dropFirst(8).dropLast().allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
          default: false
          }
        }
    }
    guard areAllPins else {
      report(value, "upstream.pinned_public_key must be sha256// and the Base64 of 32 bytes, more of them after a ;")
      return nil
    }
    return text
  }
}

extension [UInt8] {
  fileprivate func contains(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    guard count >= wanted.count else { return false }
    return (0...(count - wanted.count)).contains { self[$0] == wanted[0] && self[$0...].starts(with: wanted) }
  }
}
