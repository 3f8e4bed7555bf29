internal import Gateway
internal import Glibc

extension FileReader {
  static let postgresKeys = ["url", "password", "schema", "replica"]
  private static let replicaLengths = 1...128

  /// - Parameter listen: what the process listens on, by which replicas on one host are told apart.
  /// - Returns: the settings, and where the password is spoken of; nil where they can't be read.
  func postgres(_ value: YAMLValue, listen: [ListenSettings]) -> (place: PostgresPlace, password: Position?)? {
    guard let section = section(value, "ledger.postgres", known: Self.postgresKeys) else { return nil }
    let password = section["password"].flatMap { secretSource($0, "ledger.postgres.password", noun: "password") }
    let schema = section["schema"].flatMap(schemaName)
    let replica = replica(section, listen)
    guard let url = section.required("url"), var place = database(url) else { return nil }
    place.password = password
    place.schema = schema ?? place.schema
    place.replica = replica ?? place.replica
    return (place, section["password"]?.position)
  }

  private func database(_ value: YAMLValue) -> PostgresPlace? {
    guard let text = text(value, "ledger.postgres.url") else { return nil }
    do throws(PostgresURLError) {
      let place = try PostgresPlace(url: text, relativeTo: file)
      warn(of: place, at: value)
      return place
    } catch {
      // Quotes nothing: a password may stand there.
      report(value, "ledger.postgres.url \(error.message)")
      return nil
    }
  }

  private func warn(of place: PostgresPlace, at value: YAMLValue) {
    let isFar = place.hosts.contains { !$0.isSocket && !Loopback.has($0.name) }
    guard isFar else { return }
    switch place.tls {
    case .disable:
      diagnostics.warn(
        file, value.position,
        "ledger.postgres.url has sslmode=disable: what the ledger holds crosses the network in the clear")
    case .require where !place.needsChannelBinding:
      diagnostics.warn(
        file, value.position,
        "ledger.postgres.url has sslmode=require: whoever answers is taken for the database (verify-full)")
    default: break
    }
  }

  private func schemaName(_ value: YAMLValue) -> String? {
    guard let text = text(value, "ledger.postgres.schema") else { return nil }
    guard text.isSchemaName else {
      report(
        value,
        "ledger.postgres.schema must be 1 to 63 of a-z, 0-9 and _, begin with a letter, and be none of PostgreSQL's own"
      )
      return nil
    }
    return text
  }

  /// What is given, or the machine's name and the port of the first listener that has one.
  private func replica(_ section: Section, _ listen: [ListenSettings]) -> String? {
    if let value = section["replica"] {
      guard let text = text(value, "ledger.postgres.replica") else { return nil }
      guard text.isReplicaName else {
        report(
          value,
          "ledger.postgres.replica must be \(Self.replicaLengths.lowerBound) to"
            + " \(Self.replicaLengths.upperBound) visible characters of ASCII, without spaces")
        return nil
      }
      return text
    }
    let ports = listen.compactMap { if case .tcp(_, let port) = $0.address { port } else { nil } }
    guard let port = ports.first else {
      report(section.position, "ledger.postgres.replica is missing, which names this process where no port does")
      return nil
    }
    guard port != 0 else {
      report(
        section.position,
        "ledger.postgres.replica is missing, which names this process where its port is another each time")
      return nil
    }
    var name = [CChar](repeating: 0, count: 256)
    _ = gethostname(&name, name.count - 1)
    let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let replica = "\(host)/\(port)"
    guard replica.isReplicaName, !host.isEmpty else {
      report(section.position, "ledger.postgres.replica is missing, and this machine has no name that would do")
      return nil
    }
    return replica
  }
}

extension String {
  /// As `PostgresSchema` has it, which makes SQL of it: a test holds both together.
  package var isSchemaName: Bool {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return (1...63).contains(utf8.count) && utf8.first.map(letters.contains) == true
      && utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
      && !utf8.starts(with: "pg_".utf8) && self != "public" && self != "information_schema"
  }

  fileprivate var isReplicaName: Bool {
    (1...128).contains(utf8.count) && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
