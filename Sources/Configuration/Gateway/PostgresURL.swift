internal import Gateway
internal import Glibc

/// A database's address as libpq has it (PostgreSQL, "Connection URIs"), of which only that may be said which is used here.
///
/// Its errors quote nothing but the names of parameters: a password may stand in any other part.
struct PostgresURL {
  static let parameterNames = ["sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "host", "port"]
  private static let mostHosts = 16
  /// What PostgreSQL cuts longer names to (NAMEDATALEN).
  private static let longestName = 63

  let hosts: [PostgresPlace.Host]
  let user: String
  let database: String
  /// Those of `parameterNames` that were given.
  let parameters: [String: String]

  init(_ text: String) throws(UpstreamURL.Invalid) {
    let bytes = Array(text.utf8)
    let scheme = ["postgresql://", "postgres://"].first { bytes.starts(with: $0.utf8) }
    guard let scheme else { throw UpstreamURL.Invalid(message: "must begin with postgresql://") }
    try UpstreamURL.checkCharacters(bytes)
    guard !bytes.contains(UInt8(ascii: "#")) else { throw UpstreamURL.Invalid(message: "must not have a fragment") }
    let rest = bytes[scheme.utf8.count...]
    let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
    let (authority, tail) = (rest[..<end], rest[end...])
    guard !tail.contains(UInt8(ascii: "@")) else {
      throw UpstreamURL.Invalid(message: "has an @ behind its hosts; in a name it is %40\(Self.passwordAdvice)")
    }
    let at = authority.lastIndex(of: UInt8(ascii: "@"))
    guard let at, at > authority.startIndex else {
      throw UpstreamURL.Invalid(message: "must name the role: postgresql://ROLE@HOST/DATABASE")
    }
    guard !authority[..<at].contains(UInt8(ascii: ":")) else {
      throw UpstreamURL.Invalid(message: "must not have a password\(Self.passwordAdvice)")
    }
    user = try Self.name(authority[..<at], "role")
    let query = tail.firstIndex(of: UInt8(ascii: "?"))
    database = try Self.database(tail[..<(query ?? tail.endIndex)])
    parameters = try Self.parameters(query.map { tail[($0 + 1)...] } ?? [])
    hosts = try Self.hosts(authority[(at + 1)...], parameters)
    guard hosts.count <= Self.mostHosts else {
      throw UpstreamURL.Invalid(message: "must have at most \(Self.mostHosts) hosts")
    }
    guard Set(hosts).count == hosts.count else { throw UpstreamURL.Invalid(message: "names a host twice") }
  }

  private static let passwordAdvice =
    "; a password goes beside it, by where it is: {url: ..., password: {file: PATH}}; one that stood here is leaked"

  private static func database(_ path: ArraySlice<UInt8>) throws(UpstreamURL.Invalid) -> String {
    let text = path.dropFirst()
    guard !text.isEmpty else {
      throw UpstreamURL.Invalid(message: "must name the database: postgresql://ROLE@HOST/DATABASE")
    }
    guard !text.contains(UInt8(ascii: "/")) else {
      throw UpstreamURL.Invalid(message: "has a / in the name of the database; as a part of it, it is %2F")
    }
    return try name(text, "database")
  }

  private static func name(_ text: ArraySlice<UInt8>, _ what: String) throws(UpstreamURL.Invalid) -> String {
    let name = try decode(text)
    guard name.utf8.count <= longestName else {
      throw UpstreamURL.Invalid(message: "must have a \(what) whose name is at most \(longestName) bytes long")
    }
    return name
  }

  private static func parameters(_ query: ArraySlice<UInt8>) throws(UpstreamURL.Invalid) -> [String: String] {
    var found: [String: String] = [:]
    for part in query.split(separator: UInt8(ascii: "&")) {
      let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = try decode(halves[0])
      switch name {
      case "password": throw UpstreamURL.Invalid(message: "must not have a password\(passwordAdvice)")
      case "user", "dbname":
        throw UpstreamURL.Invalid(message: "has role and database in their places: postgresql://ROLE@HOST/DATABASE")
      default: break
      }
      guard parameterNames.contains(name) else {
        throw UpstreamURL.Invalid(
          message: "has an unknown parameter \(name.quoted)\(parameterNames.suggestion(for: name))")
      }
      guard found[name] == nil else { throw UpstreamURL.Invalid(message: "has \(name) twice") }
      guard halves.count == 2, !halves[1].isEmpty else {
        throw UpstreamURL.Invalid(message: "has \(name) without a value")
      }
      found[name] = try decode(halves[1])
    }
    return found
  }

  // MARK: - Hosts

  /// Where they belong, or as parameters; never some here and some there.
  private static func hosts(
    _ authority: ArraySlice<UInt8>, _ parameters: [String: String]
  ) throws(UpstreamURL.Invalid) -> [PostgresPlace.Host] {
    guard authority.isEmpty else {
      guard parameters["host"] == nil, parameters["port"] == nil else {
        throw UpstreamURL.Invalid(message: "has hosts twice, before the database and as a parameter")
      }
      var hosts: [PostgresPlace.Host] = []
      for text in authority.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        hosts.append(try host(text))
      }
      return hosts
    }
    guard let names = parameters["host"] else {
      throw UpstreamURL.Invalid(message: "must name a host: postgresql://ROLE@HOST/DATABASE")
    }
    let all = names.split(separator: ",", omittingEmptySubsequences: false)
    let ports = (parameters["port"] ?? "5432").split(separator: ",", omittingEmptySubsequences: false)
    guard ports.count == 1 || ports.count == all.count else {
      throw UpstreamURL.Invalid(message: "must have one port for all hosts, or one for each")
    }
    var hosts: [PostgresPlace.Host] = []
    for (index, name) in all.enumerated() {
      let port = ports[ports.count == 1 ? 0 : index]
      if name.utf8.first == UInt8(ascii: "/") {
        hosts.append(try socket(String(name), port: Array(port.utf8)[...]))
      } else {
        let text = name.utf8.contains(UInt8(ascii: ":")) ? "[\(name)]:\(port)" : "\(name):\(port)"
        hosts.append(try host(Array(text.utf8)[...]))
      }
    }
    return hosts
  }

  /// `db1`, `db1:5433`, `[::1]:5433`, `%2Frun%2Fpostgresql:5433`.
  private static func host(_ text: ArraySlice<UInt8>) throws(UpstreamURL.Invalid) -> PostgresPlace.Host {
    if text.first == UInt8(ascii: "%") {
      let colon = text.firstIndex(of: UInt8(ascii: ":"))
      let folder = try decode(text[..<(colon ?? text.endIndex)])
      if folder.utf8.first == UInt8(ascii: "/") { return try socket(folder, port: colon.map { text[($0 + 1)...] }) }
    }
    guard text.first == UInt8(ascii: "[") || text.count(where: { $0 == UInt8(ascii: ":") }) < 2 else {
      throw UpstreamURL.Invalid(message: "must have an IPv6 address in brackets: [::1]:5432")
    }
    let name = try UpstreamURL.host(text)
    let port = text.dropFirst(name.utf8.count + (text.first == UInt8(ascii: "[") ? 2 : 0)).dropFirst()
    return PostgresPlace.Host(name, port: UInt16(String(decoding: port, as: UTF8.self)) ?? 5432)
  }

  private static func socket(
    _ folder: String, port: ArraySlice<UInt8>?
  ) throws(UpstreamURL.Invalid) -> PostgresPlace.Host {
    var number: UInt16 = 5432
    if let port {
      // As for any other host.
      _ = try UpstreamURL.host(Array("socket:".utf8) + port)
      number = UInt16(String(decoding: port, as: UTF8.self)) ?? number
    }
    // sun_path of unix(7) has room for this and a NUL.
    guard "\(folder)/.s.PGSQL.\(number)".utf8.count < 108 else {
      throw UpstreamURL.Invalid(
        message: "names a Unix socket whose path is too long: it must be shorter than 108 bytes")
    }
    return PostgresPlace.Host(folder, port: number)
  }

  // MARK: - Characters

  private static func decode(_ text: ArraySlice<UInt8>) throws(UpstreamURL.Invalid) -> String {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
        let decoded = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      else { throw UpstreamURL.Invalid(message: "has a % without two hex digits behind it") }
      bytes.append(decoded)
      rest = rest.dropFirst(2)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self),
      !decoded.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
    else { throw UpstreamURL.Invalid(message: "has a control character, or what is no UTF-8") }
    return decoded
  }
}
