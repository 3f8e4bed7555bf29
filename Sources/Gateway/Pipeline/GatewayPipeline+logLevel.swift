internal import JSON
internal import Logging

/// `/log-level` at the admin listener: what the log has at the moment, and, for who has the key, how to change that without a
/// restart. The next start goes by `--log-level` again.
extension GatewayPipeline {
  static let logLevelPath = "/log-level"

  /// Whether the level may stand in the body. Everything else that is asked at the admin listener is said without one, and a
  /// stranger's body is not waited for.
  func mayNameLogLevel(_ head: ArrivedHead) -> Bool {
    head.method == "PUT" && RequestPath(head.target).path == Self.logLevelPath
      && refusalOfStranger(head.fields, "") == nil
  }

  func logLevelReply(to request: IncomingRequest) -> Reply {
    switch request.method {
    case "GET", "HEAD": return Self.json(.object(["level": .string(threshold.level.rawValue)]))
    case "PUT": break
    default: return Reply(status: 405, fields: ["Allow": "GET, HEAD, PUT"], closesConnection: true)
    }
    if let refusal = refusalOfStranger(request.fields, "change the log level") { return refusal }
    guard let level = Self.level(named: request) else {
      return Self.text("say level=LEVEL, as query or body; one of \(LogThreshold.names)\n", status: 400)
    }
    let before = threshold.level
    // Said while the log has it, where it has it at all.
    let line: Logger.Metadata = ["from": "\(before)", "to": "\(level)", "peer": "\(request.peer)"]
    if level > before { log.notice("the log level is changed", metadata: line) }
    threshold.level = level
    if level <= before { log.notice("the log level is changed", metadata: line) }
    return Self.json(.object(["level": .string(level.rawValue), "before": .string(before.rawValue)]))
  }

  /// - Returns: nil where it says no level, or two.
  private static func level(named request: IncomingRequest) -> Logger.Level? {
    let query = Array((RequestPath(request.target).query ?? "").utf8)
    var named = query.split(separator: UInt8(ascii: "&")).filter { $0.starts(with: key) }
    var body = request.body[...]
    while let last = body.last, last == 0x0A || last == 0x0D || last == 0x20 { body.removeLast() }
    if !body.isEmpty { named.append(body) }
    guard named.count == 1, let name = named.first else { return nil }
    return Logger.Level(
      rawValue: String(decoding: name.dropFirst(name.starts(with: key) ? key.count : 0), as: UTF8.self))
  }

  private static let key = Array("level=".utf8)
}
