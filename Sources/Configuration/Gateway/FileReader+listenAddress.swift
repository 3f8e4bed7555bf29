package import Gateway
internal import Glibc

extension FileReader {
  /// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` or `unix:/run/convene/convene.sock`.
  func listenAddress(_ value: YAMLValue, _ name: String, _ places: inout ListenPlaces) -> ListenAddress? {
    guard let text = text(value, name) else { return nil }
    let address: ListenAddress
    if text.utf8.starts(with: "unix:".utf8) {
      guard let path = socketPath(String(text.dropFirst(5)), value, name) else { return nil }
      address = .unix(path: path)
    } else {
      guard let endpoint = ListenAddress(endpoint: text) else {
        report(
          value,
          "\(name) must be an IP address and a port (127.0.0.1:8080, [::1]:8080, localhost:8080; :8080 for every address of"
            + " IPv4) or a Unix socket (unix:/run/convene/convene.sock), is \(text.quoted)")
        return nil
      }
      address = endpoint
    }
    if let other = places.add(address, at: value.position) {
      report(value, "\(name): \(address) is listened on already\(other == address ? "" : ", by \(other)")")
      return nil
    }
    return address
  }

  private func socketPath(_ text: String, _ value: YAMLValue, _ name: String) -> String? {
    guard !text.isEmpty else {
      report(value, "\(name) has no path after unix:")
      return nil
    }
    let path = FilePath.resolve(text, relativeTo: file)
    // sun_path of unix(7) has room for this and a NUL.
    guard path.utf8.count < 108 else {
      report(value, "\(name): the path of a Unix socket must be shorter than 108 bytes, is \(path.utf8.count)")
      return nil
    }
    return path
  }
}

extension ListenAddress {
  /// An address and a port. Of names `localhost` alone is known, and means 127.0.0.1; without an address all of IPv4's are meant.
  package init?(endpoint text: String) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      digits == "0" || digits.utf8.first != UInt8(ascii: "0"), let port = UInt16(digits)
    else { return nil }
    var host = text[..<colon]
    if host.isEmpty { host = "0.0.0.0" }
    if host == "localhost" { host = "127.0.0.1" }
    let isBracketed = host.utf8.first == UInt8(ascii: "[") && host.utf8.last == UInt8(ascii: "]")
    if isBracketed { host = host.dropFirst().dropLast() }
    var address = in6_addr()
    guard inet_pton(isBracketed ? AF_INET6 : AF_INET, String(host), &address) == 1 else { return nil }
    guard !isBracketed || !Self.isMapped(address) else { return nil }
    self = .tcp(host: String(host), port: port)
  }

  /// `::ffff:1.2.3.4`: an address of IPv4, on which a socket of IPv6 alone can't listen.
  private static func isMapped(_ address: in6_addr) -> Bool {
    withUnsafeBytes(of: address) { $0.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) }
  }
}
