import Conference
import EventLoop
import Policy

@testable import Gateway

/// One team with one anonymous caller, whose conferences are named in lower case.
enum Material {
  static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

  static func configuration(
    limit allow: Int = 5, ratio: Double? = nil, adminKey: [UInt8]? = nil,
    change: (inout UpstreamSettings) -> Void = { _ in }
  ) throws -> GatewayConfiguration {
    var layer = PolicyLayer(origin: .organization)
    layer[.region] = rule(.region) { $0.forbid = true }
    if let field = Field(named: "max_participants") { layer[field] = rule(field) { $0.default = .integer(20) } }
    let limit = LimitRule(name: "burst", per: .team, allow: allow, every: .seconds(1), burst: 5)
    let team = Team(
      name: "support", callers: [Caller(name: "anyone", credential: .anonymous)],
      policy: try .merging(organization: layer, team: nil), limits: [limit],
      calls: CallRules(allowed: .all, scope: .own))
    var upstream = UpstreamSettings()
    change(&upstream)
    var tracing = ratio.map { _ in TracingSettings(endpoint: "http://127.0.0.1:4318/v1/traces") }
    if let ratio { tracing?.ratio = ratio }
    return GatewayConfiguration(
      organization: "example", server: ServerSettings(),
      admin: adminKey.map { AdminSettings(listen: .tcp(host: "127.0.0.1", port: 0), keyDigest: $0) },
      upstream: upstream,
      ledger: LedgerSettings(), audit: AuditSettings(), tracing: tracing, teams: [team], limits: [])
  }

  private static func rule(_ field: Field, _ set: (inout FieldRule) -> Void) -> FieldRule {
    var rule = FieldRule(field: field)
    set(&rule)
    return rule
  }

  static func request(
    _ method: String = "POST", _ target: String = "/v2/conferences", fields: HeaderFields = [:], body: String = "",
    surface: IncomingRequest.Surface = .callers, peer: Peer = .tcp("10.0.0.1:1"), isEncrypted: Bool = false,
    at received: MonotonicTime = start
  ) -> IncomingRequest {
    var fields = fields
    if !body.isEmpty { fields.append("Content-Type", "application/json") }
    let head = ArrivedHead(
      surface: surface, method: method, target: target, fields: fields, peer: peer, isEncrypted: isEncrypted,
      received: received)
    return IncomingRequest(head, body: Array(body.utf8))
  }

  static func body(_ commandID: String, more: String = "") -> String {
    #"{"call_control_id":"v3:us","name":"daily","command_id":"\#(commandID)"\#(more)}"#
  }

  /// What an exchange has asked the ledger about.
  static func asked(_ commandID: String = "c-1") throws -> AskedCommand {
    let request = request(body: body(commandID))
    let snapshot = GatewaySnapshot(try configuration())
    let decoded = try DecodedCommand(
      request.body, CommandHead(request.fields), from: try snapshot.callers.authenticate(request.head))
    let entry = AuditEntry(
      organization: "example", peer: "10.0.0.1:1", requestID: "r-1", received: start, configuration: "0123456789ab")
    return AskedCommand(
      try DecidedCommand(decoded), tokens: [0, 1], token: digest(0), forwardedFields: [:], audit: AuditedRequest(entry))
  }

  /// Another call than a create that the ledger was asked about.
  static func askedCall(_ method: String, _ target: String, commandID: String? = nil) throws -> AskedCall {
    guard case .call(let target) = try Route(method: method, target: target) else { throw Refusal.noSuchPath }
    let snapshot = GatewaySnapshot(try configuration())
    let entry = AuditEntry(
      organization: "example", peer: "10.0.0.1:1", requestID: "r-1", received: start, configuration: "0123456789ab")
    return AskedCall(
      target, from: try snapshot.callers.authenticate(request().head), body: Array("{}".utf8), commandID: commandID,
      changes: [], forwardedFields: [:], listing: target.call == .list ? try OwnedListing(query: target.query) : nil,
      audit: AuditedRequest(entry))
  }

  static let list = reply(200, #"{"data":[{"id":"conference-1"}],"meta":{"total_pages":1}}"#)

  static func digest(_ token: UInt8) -> TokenDigest { TokenDigest(bytes: [UInt8](repeating: token, count: 16)) }

  /// A command of an earlier request, with bytes of its own.
  static func earlier(_ commandID: String = "c-0", mayStillArrive: Bool = false, token: UInt8 = 0) -> UnknownCommand {
    UnknownCommand(
      commandID: commandID, body: Array(body(commandID, more: #","duration_minutes":5"#).utf8),
      firstSent: .now - .seconds(30), mayStillArrive: mayStillArrive, token: digest(token))
  }

  static let description = #"{"data":{"id":"conference-1","name":"daily"}}"#
  static let conference = reply(200, description)
  static let found = Resolution.Finding.found(
    conferenceID: "conference-1", reply: StoredReply(status: 200, fields: [:], body: Array(description.utf8)))
  static let stored = StoredReply(status: 200, fields: [:], body: Array(description.utf8))
  static let lost = AttemptOutcome.lost(TransportFailure(name: "timeout", detail: ""))
  static let notSent = AttemptOutcome.notSent(TransportFailure(name: "connect", detail: ""))

  static func reply(_ status: Int, _ body: String = "{}") -> AttemptOutcome {
    .replied(UpstreamReply(status: status, fields: [:], body: Array(body.utf8)))
  }

  static func limited() -> (Refusal, [LimitStatus]) {
    let rule = LimitRule(name: "burst", per: .team, allow: 5, every: .seconds(1), burst: 5)
    let refusal = Refusal(.limited, faults: [Fault(.tooManyRequests, "used up")], retryAfter: 1)
    return (refusal, [LimitStatus(rule: rule, remaining: 0, retryAfter: 1, reset: 1)])
  }
}
