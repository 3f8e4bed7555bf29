import ArgumentParser

/// `HOST:PORT` as on the command line; an IPv6 host stands in brackets. Port 0 means any free port.
struct ListenAddress: Sendable, ExpressibleByArgument {
  let host: String
  let port: UInt16

  static let standard = ListenAddress(host: "127.0.0.1", port: 12111)

  var defaultValueDescription: String { "\(host):\(port)" }

  private init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  init?(argument: String) {
    guard let colon = argument.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    var host = argument[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.utf8.contains(UInt8(ascii: ":")) {
      return nil
    }
    guard !host.isEmpty, let port = UInt16(argument[argument.index(after: colon)...]) else { return nil }
    self.host = String(host)
    self.port = port
  }
}
