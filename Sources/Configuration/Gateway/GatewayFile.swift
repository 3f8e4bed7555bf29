internal import Conference
internal import Gateway
internal import Policy

/// What `gateway.yaml` says. Where it says nothing, or nothing that can be read, the defaults stand.
struct GatewayFile {
  let reader: FileReader
  var organization = ""
  var server = ServerSettings()
  var admin: AdminSettings?
  /// Callers' and the admin listener's.
  var listenPlaces = ListenPlaces()
  /// The TLS of listeners that have it.
  var tls: [ReadTLS] = []
  var upstream = UpstreamSettings()
  /// Where each token is spoken of, in the order of `upstream.tokens`.
  var tokenPositions: [Position] = []
  /// Where the password of the proxy is spoken of.
  var proxyPasswordPosition: Position?
  var ledger = LedgerSettings()
  /// Where its place is spoken of: a path or a database.
  var ledgerPosition = Position.start
  /// Where the password of its database is spoken of.
  var ledgerPasswordPosition: Position?
  var audit = AuditSettings()
  /// Where the key of checkpoints is spoken of.
  var checkpointKeyPosition: Position?
  var tracing: TracingSettings?
  /// Where the value of each of its headers is spoken of.
  var tracingHeaderPositions: [Position] = []
  /// Where each sink is spoken of, in the order of `audit.sinks`.
  var sinkPositions: [Position] = []
  var policy: ReadPolicy
  var limits: [ReadLimit] = []
  var calls: ReadCalls?
  var keyless: ReadJoin?
  /// Patterns of team files, relative to this file.
  var teams: [(pattern: String, position: Position)] = []

  init(reader: FileReader) {
    self.reader = reader
    policy = ReadPolicy(origin: .organization, file: reader.file)
  }

  static let keys = [
    "version", "organization", "server", "admin", "upstream", "ledger", "audit", "tracing", "policy", "limits",
    "calls", "keyless", "teams",
  ]

  static func read(_ root: YAMLValue, reader: FileReader) -> GatewayFile {
    var file = GatewayFile(reader: reader)
    guard let section = reader.section(root, "", known: keys) else { return file }
    reader.checkVersion(section)
    file.organization = section.required("organization").flatMap { reader.text($0, "organization") } ?? ""
    if file.organization.utf8.count > 128, let value = section["organization"] {
      reader.report(value, "organization must be at most 128 bytes long")
    }
    file.server = reader.server(section, &file.listenPlaces, &file.tls)
    file.admin = reader.admin(section, &file.listenPlaces)
    (file.upstream, file.tokenPositions, file.proxyPasswordPosition) = reader.upstream(section)
    (file.ledger, file.ledgerPosition, file.ledgerPasswordPosition) =
      reader.ledger(section, listen: file.server.listen)
    (file.audit, file.checkpointKeyPosition, file.sinkPositions) = reader.audit(section)
    (file.tracing, file.tracingHeaderPositions) = reader.tracing(section)
    if let policy = section["policy"] { file.policy = reader.policy(policy, origin: .organization) }
    if let limits = section["limits"] { file.limits = reader.limits(limits, of: .organization) }
    file.calls = reader.calls(section)
    file.keyless = reader.keyless(section)
    if let teams = section.required("teams") {
      for element in reader.list(teams, "teams") {
        if let pattern = reader.text(element, "teams") { file.teams.append((pattern, element.position)) }
      }
    }
    return file
  }
}

extension FileReader {
  /// Both kinds of file begin with it, so that a later Convene can tell what it reads.
  func checkVersion(_ section: Section) {
    guard let value = section.required("version") else { return }
    guard case .integer(1) = value.content else {
      report(value, "version must be 1, the only one there is, is \(value.noun)")
      return
    }
  }
}
