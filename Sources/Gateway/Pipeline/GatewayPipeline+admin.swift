internal import Conference
internal import Crypto
internal import EventLoop
internal import JSON

extension GatewayPipeline {
  /// The admin listener: is the process alive, would it take a request, what has it counted, by which rules does it judge.
  func administer(_ request: IncomingRequest, _ responder: consuming Responder) {
    if let fault = request.headFault {
      var reply = Reply(fault, requestID: RequestID.adopt(request.fields))
      reply.closesConnection = true
      return responder.send(reply)
    }
    // Probes and scrapers may add a query, which means nothing here.
    let path = RequestPath(request.target).path
    switch path {
    case "/metrics" where Self.isReading(request): askForPage(request, responder)
    case "/reload":
      if let refusal = refusalOfReload(request) { return responder.send(refusal) }
      reloads.append(WaitingReload(number: onReloadAsked(), answer: WaitingAnswer(responder)))
    case Self.logLevelPath: responder.send(logLevelReply(to: request))
    default: responder.send(adminReply(to: request, path))
    }
  }

  private static func isReading(_ request: IncomingRequest) -> Bool {
    request.method == "GET" || request.method == "HEAD"
  }

  private func adminReply(to request: IncomingRequest, _ path: String) -> Reply {
    guard Self.isReading(request) else {
      return Reply(status: 405, fields: ["Allow": "GET, HEAD"], closesConnection: true)
    }
    switch path {
    case "/health", "/livez": return Self.text("ok\n")
    // This listener is opened last.
    case "/startupz": return Self.text("started\n")
    case "/ready", "/readyz":
      let reasons = unreadiness
      return reasons.isEmpty
        ? Self.text("ready\n") : Self.text(reasons.map { "\($0)\n" }.joined(), status: 503)
    case "/status": return Self.json(status)
    case "/openapi.json":
      return Reply(status: 200, fields: ["Content-Type": "application/json"], body: OpenAPIDocument.text)
    default:
      return Self.text(
        "this listener serves /livez, /startupz, /readyz (/health, /ready), /metrics, /status, /openapi.json, POST /reload and /log-level\n",
        status: 404)
    }
  }

  // MARK: Reload

  /// Why the configuration is not read anew for this request; nil where it is.
  private func refusalOfReload(_ request: IncomingRequest) -> Reply? {
    guard request.method == "POST" else {
      return Reply(status: 405, fields: ["Allow": "POST"], closesConnection: true)
    }
    guard stop == .serving else { return Self.text("this gateway is stopping\n", status: 503) }
    return refusalOfStranger(request.fields, "reload", instead: ", or send SIGHUP")
  }

  /// Why whoever sends this may not change anything here; nil where it may.
  func refusalOfStranger(_ fields: HeaderFields, _ what: String, instead: String = "") -> Reply? {
    guard let expected = snapshot.adminKeyDigest else {
      return Self.text(
        "nobody may \(what) here: set admin.key_sha256 (convene key new makes a key)\(instead)\n", status: 403)
    }
    guard let credential = fields.valueRange(of: "authorization"),
      let digest = fields.digestOfBearerToken(credential), Digest.areEqual(digest, expected)
    else {
      var reply = Self.text("the key of admin.key_sha256 is needed: Authorization: Bearer KEY\n", status: 401)
      reply.fields.append("WWW-Authenticate", "Bearer")
      return reply
    }
    return nil
  }

  /// The configuration was read anew, or could not be.
  ///
  /// - Parameter last: whoever asked by a later number did so when the reading had begun, and waits for the next one: what they
  ///   want to be read may have been written meanwhile.
  package func reloaded(_ report: ReloadReport, upTo last: Int) {
    lastReload = report
    let reply = Self.json(report.json, status: report.result == .failed ? 422 : 200)
    for reload in reloads where reload.number <= last { reload.answer.send(reply) }
    reloads.removeAll { $0.number <= last }
  }

  /// Nothing is read anew any more.
  func turnReloadsAway() {
    for reload in reloads { reload.answer.send(Self.text("this gateway is stopping\n", status: 503)) }
    reloads.removeAll()
  }

  /// Why a new command would be refused whatever it says; empty where it would not.
  private var unreadiness: [String] {
    var reasons: [String] = []
    if stop > .serving { reasons.append("draining") }
    if let unavailability = ledger.unavailability { reasons.append("\(unavailability)") }
    if health.hasNoToken(at: loop.now) { reasons.append("no token is left: Telnyx has refused each") }
    return reasons
  }

  private var status: JSONValue {
    var members = JSONObject()
    members.append("organization", .string(snapshot.organization))
    members.append("revision", .string(snapshot.revision))
    let reasons = unreadiness
    members.append("ready", .boolean(reasons.isEmpty))
    if !reasons.isEmpty { members.append("not_ready", .array(reasons.map { .string($0) })) }
    if let lastReload { members.append("last_reload", lastReload.json) }
    return .object(members)
  }

  static func text(_ text: String, status: Int = 200) -> Reply {
    Reply(status: status, fields: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
  }

  static func json(_ value: JSONValue, status: Int = 200) -> Reply {
    Reply(status: status, fields: ["Content-Type": "application/json"], body: value.text + [UInt8(ascii: "\n")])
  }
}

/// Whoever asked at the admin listener for what takes a while, until it is over.
final class WaitingAnswer {
  private var responder: Responder?

  init(_ responder: consuming Responder) { self.responder = consume responder }

  func send(_ reply: Reply) {
    guard let responder = responder.take() else { return }
    responder.send(reply)
  }
}

/// Whoever asked for a reload, until a reading is over that began later.
struct WaitingReload {
  let number: Int
  let answer: WaitingAnswer
}

extension ReloadReport {
  var json: JSONValue {
    var members = JSONObject()
    members.append("result", .string(result.rawValue))
    members.append("time", .string(time.rfc3339))
    members.append("revision", .string(revision))
    if !errors.isEmpty { members.append("errors", .array(errors.map { .string($0) })) }
    return .object(members)
  }
}
