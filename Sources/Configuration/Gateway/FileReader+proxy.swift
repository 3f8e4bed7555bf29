internal import Gateway

extension FileReader {
  static let proxyKeys = ["url", "username", "password"]

  /// A URL alone, or a mapping that has its credentials, too.
  ///
  /// - Returns: the settings, and where the password is spoken of.
  func proxy(_ value: YAMLValue, of upstream: UpstreamSettings) -> (settings: ProxySettings, password: Position?)? {
    var credentials: ProxySettings.Credentials?
    var position: Position?
    let place: YAMLValue
    if case .mapping = value.content {
      guard let section = section(value, "upstream.proxy", known: Self.proxyKeys), let url = section.required("url")
      else {
        return nil
      }
      place = url
      (credentials, position) = (self.credentials(section), section["password"]?.position)
    } else {
      place = value
    }
    guard let text = text(place, "upstream.proxy.url") else { return nil }
    do {
      let url = try ProxyURL(text).text
      guard !upstream.url.utf8.starts(with: "http://".utf8) else {
        report(
          value,
          "upstream.proxy: upstream.url begins with http://, which is for this machine alone: a proxy would read the token"
        )
        return nil
      }
      return (ProxySettings(url: url, credentials: credentials), position)
    } catch {
      // Quotes nothing: a password may stand there.
      report(place, "upstream.proxy.url \(error.message)")
      return nil
    }
  }

  private func credentials(_ section: Section) -> ProxySettings.Credentials? {
    guard section["username"] != nil || section["password"] != nil else { return nil }
    let username = section.required("username").flatMap { text($0, "upstream.proxy.username") }
    let password = section.required("password").flatMap {
      secretSource($0, "upstream.proxy.password", noun: "password")
    }
    if let username, let place = section["username"], username.utf8.contains(UInt8(ascii: ":")) {
      report(place, "upstream.proxy.username must not have a colon, which ends it (RFC 7617)")
    }
    guard let username, let password else { return nil }
    return ProxySettings.Credentials(username: username, password: password)
  }
}

/// Where a proxy is. Only its address: what it is shown stands elsewhere.
struct ProxyURL {
  /// `http://HOST:PORT`.
  let text: String

  init(_ text: String) throws(UpstreamURL.Invalid) {
    let bytes = Array(text.utf8)
    guard bytes.starts(with: "http://".utf8) else {
      throw UpstreamURL.Invalid(
        message: "must begin with http://: a proxy that is asked by CONNECT; what goes through it is TLS all the same")
    }
    guard !bytes.contains(UInt8(ascii: "@")) else {
      throw UpstreamURL.Invalid(
        message: "must not have a user name or a password, which go beside it, the password by where it is:"
          + " {url: ..., username: NAME, password: {file: PATH}}")
    }
    try UpstreamURL.checkCharacters(bytes)
    var authority = bytes[7...]
    if authority.last == UInt8(ascii: "/") { authority.removeLast() }
    guard !authority.contains(where: { "/?#".utf8.contains($0) }) else {
      throw UpstreamURL.Invalid(message: "must be http://HOST:PORT and nothing more")
    }
    let host = try UpstreamURL.host(authority)
    // libcurl's own port for a proxy is 1080, and everybody else's 80.
    guard authority.count > host.utf8.count + (authority.first == UInt8(ascii: "[") ? 2 : 0) else {
      throw UpstreamURL.Invalid(message: "must name its port: http://HOST:PORT")
    }
    self.text = "http://" + String(decoding: authority, as: UTF8.self)
  }
}
