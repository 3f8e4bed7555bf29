internal import Gateway
internal import Glibc

/// The addresses that are listened on, each with its place in the file.
struct ListenPlaces {
  private(set) var entries: [(address: ListenAddress, position: Position)] = []

  /// - Returns: the address that keeps this one from being listened on, too.
  mutating func add(_ address: ListenAddress, at position: Position) -> ListenAddress? {
    if let other = entries.first(where: { $0.address.overlaps(address) }) { return other.address }
    entries.append((address, position))
    return nil
  }
}

extension ListenAddress {
  /// Whether only one of the two can be listened on. IPv4 and IPv6 have ports of their own (IPV6_V6ONLY).
  fileprivate func overlaps(_ other: ListenAddress) -> Bool {
    switch (self, other) {
    case (.unix(let path), .unix(let otherPath)): Self.name(path) == Self.name(otherPath)
    case (.tcp(let host, let port), .tcp(let otherHost, let otherPort)):
      // Port 0 is another port each time.
      port == otherPort && port != 0 && Self.meet(Self.bytes(host), Self.bytes(otherHost))
    default: false
    }
  }

  /// An address with nothing but zeros is every address of its family.
  private static func meet(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count
      && (left == right || left.allSatisfy { $0 == 0 } || right.allSatisfy { $0 == 0 })
  }

  private static func bytes(_ host: String) -> [UInt8] {
    var v4 = in_addr()
    if inet_pton(AF_INET, host, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
    var v6 = in6_addr()
    _ = inet_pton(AF_INET6, host, &v6)
    return withUnsafeBytes(of: v6) { Array($0) }
  }

  /// One spelling for each file: the socket itself may not be there yet, but its directory should be.
  private static func name(_ path: String) -> [UInt8] {
    let directory = FilePath.directory(of: path)
    return Array(FilePath.canonical(directory.isEmpty ? "." : directory).utf8) + [UInt8(ascii: "/")]
      + Array(path.utf8.dropFirst(directory.utf8.count))
  }
}
