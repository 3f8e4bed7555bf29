import JSON
import TestKit
import Testing

/// What a refusal is expected to be.
struct Refused: Sendable {
  let status: Int
  let kind: String
  /// `CODE` or `CODE /pointer`, one for each error, in order.
  let errors: [String]
  /// Of the first error.
  var rule: String?
  /// Of the first error; nil = whoever.
  var owner: String?

  init(_ status: Int, _ kind: String, _ errors: String..., rule: String? = nil, owner: String? = nil) {
    self.status = status
    self.kind = kind
    self.errors = errors
    self.rule = rule
    self.owner = owner
  }

  /// Everything that holds for each refusal, whatever its kind.
  func check(_ reply: WireReply, sourceLocation: SourceLocation = #_sourceLocation) {
    func expect<Value: Equatable>(_ found: Value, _ expected: Value, _ what: Comment) {
      #expect(found == expected, what, sourceLocation: sourceLocation)
    }
    expect(reply.status, status, "status")
    expect(reply.errors.map(Self.text), errors, "errors")
    for error in reply.errors {
      expect(error["meta"]?["source"]?.string, "convene", "meta.source")
      expect(error["meta"]?["kind"]?.string, kind, "meta.kind")
      expect(error["meta"]?["request_id"]?.string, reply.headers["x-request-id"], "meta.request_id")
    }
    expect(reply.meta?["rule"]?.string, rule, "meta.rule")
    for error in reply.errors {
      let owner = error["meta"]?["owner"]?.string
      let isKnown = owner.map(["organization", "team"].contains) ?? false
      expect(isKnown, error["meta"]?["rule"] != nil, "meta.owner beside meta.rule")
    }
    if let owner { expect(reply.meta?["owner"]?.string, owner, "meta.owner") }
    let listed = Guide.rows[kind]
    expect(listed?.status, reply.status, "the status that `convene errors` tells")
    expect(reply.errors.allSatisfy { listed?.codes.contains($0["code"]?.string ?? "") == true }, true, "and the code")
    expect(reply.headers["content-type"], "application/json", "Content-Type")
    let proxy = reply.headers["proxy-status"] ?? ""
    #expect(proxy.hasPrefix("convene; error="), sourceLocation: sourceLocation)
    #expect(proxy.hasSuffix("; details=\"\(kind)\""), sourceLocation: sourceLocation)
    checkRepetition(reply, sourceLocation)
    expect(reply.headers["www-authenticate"], status == 401 ? "Bearer" : nil, "WWW-Authenticate")
    #expect((reply.headers["allow"] != nil) == (status == 405), "Allow", sourceLocation: sourceLocation)
    #expect(reply.headers["idempotent-replayed"] == nil, sourceLocation: sourceLocation)
  }

  /// What SDKs make of it: they repeat 409, 429 and every 5xx unless they are told not to.
  private func checkRepetition(_ reply: WireReply, _ sourceLocation: SourceLocation) {
    let isFinal = [409, 502, 504].contains(status)
    #expect(reply.headers["x-should-retry"] == (isFinal ? "false" : nil), sourceLocation: sourceLocation)
    let wait = reply.headers["retry-after"].flatMap { Int($0) }
    let isDue = [409, 429, 503, 504].contains(status)
    #expect(wait.map { (1...60).contains($0) } == (isDue ? true : nil), "Retry-After", sourceLocation: sourceLocation)
    #expect((reply.meta?["retry_after"]?.integer).map { Int($0) } == wait, sourceLocation: sourceLocation)
  }

  private static func text(_ error: JSONValue) -> String {
    let code = error["code"]?.string ?? "no code"
    return error["source"]?["pointer"]?.string.map { "\(code) \($0)" } ?? code
  }
}

/// What `convene errors` tells of each kind.
private enum Guide {
  static let rows: [String: (status: Int, codes: [String])] = {
    guard let child = try? ChildProcess("convene", ["errors", "--format", "json"]), child.waitForExit() == 0,
      let errors = try? JSONValue.parse(Array(child.standardOutput.utf8))["errors"]?.array
    else { return [:] }
    var rows: [String: (status: Int, codes: [String])] = [:]
    for error in errors {
      guard let kind = error["kind"]?.string, let status = error["status"]?.integer else { continue }
      rows[kind] = (Int(status), error["codes"]?.array?.compactMap(\.string) ?? [])
    }
    return rows
  }()
}
