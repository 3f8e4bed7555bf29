/// `HOST:PORT`, as a `Host` field, a URL and a socket's name have it, for telling it in two parts.
struct NetworkAddress: Equatable {
  /// Without the brackets of IPv6.
  let host: String
  let port: Int?

  init(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    let bracket = bytes.lastIndex(of: UInt8(ascii: "]")) ?? -1
    let last = bytes.lastIndex(of: UInt8(ascii: ":")).flatMap { $0 > bracket ? $0 : nil }
    // More than one, and no brackets: all of it is an address.
    let colon = bracket < 0 && last != bytes.firstIndex(of: UInt8(ascii: ":")) ? nil : last
    var host = bytes[..<(colon ?? bytes.count)]
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") { host = host.dropFirst().dropLast() }
    self.host = String(decoding: host, as: UTF8.self)
    port = colon.flatMap { UInt16(String(decoding: bytes[($0 + 1)...], as: UTF8.self)) }.map(Int.init)
  }

  /// - Parameter url: with `://` and no user's name in it.
  init(url: String) {
    let scheme = url.utf8.prefix { $0 != UInt8(ascii: "/") }
    self.init(String(url.dropFirst(scheme.count + 2).prefix { $0 != "/" }))
  }
}
