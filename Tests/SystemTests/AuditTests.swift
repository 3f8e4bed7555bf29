import Foundation
import JSON
import TestKit
import Testing

@Suite("The audit", .timeLimit(.minutes(30)))
struct AuditTests {
  @Test("says who asked for what, what became of it, and where that was decided")
  func forwarded() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let reply = try gateway.create(GatewayProcess.command("c-1", #""client_state":"c2VjcmV0""#))
    let record = try #require(try gateway.audit(1).first)
    #expect(record["seq"]?.integer == 2, "behind the record of the start")
    #expect(record["time"]?.string?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
    #expect(record["organization"]?.string == "example")
    #expect(record["team"]?.string == "support")
    #expect(record["caller"]?.string == "dialer")
    #expect(record["peer"]?.string?.hasPrefix("127.0.0.1:") == true)
    #expect(record["request_id"]?.string == reply.headers["x-request-id"])
    #expect(Record(record) == Record("forwarded", 200, id: "c-1"))
    #expect(record["upstream"]?["status"]?.integer == 200)
    #expect(record["upstream"]?["attempts"]?.integer == 1)
    for field in ["ms", "config", "prev", "hash"] { #expect(record[field] != nil, "\(field)") }
  }

  @Test("holds no call's token and no client state, but tells whether two are the same")
  func pseudonyms() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    for (id, state) in [("c-1", "c2VjcmV0"), ("c-2", "c2VjcmV0"), ("c-3", "b3RoZXI=")] {
      #expect(try gateway.create(GatewayProcess.command(id, name: id, #""client_state":"\#(state)""#)).status == 200)
    }
    let records = try gateway.recordsAtEnd()
    for secret in ["v3:of-a-test", "c2VjcmV0", "secret"] {
      #expect(!gateway.process.standardOutput.contains(secret))
      #expect(!gateway.process.standardError.contains(secret))
    }
    #expect(Set(records.compactMap { $0["call_control_id"]?.string }).count == 1)
    let states = records.compactMap { $0["client_state"]?["pseudonym"]?.string }
    #expect(states.count == 3)
    #expect(states[0] == states[1] && states[1] != states[2])
    #expect(records.map { $0["client_state"]?["length"]?.integer } == [8, 8, 8])
  }

  @Test("is one chain over restarts, the same in each sink")
  func chain() throws {
    let simulator = try SimulatorProcess()
    let first = try GatewayProcess(before: simulator) {
      $0.audit = "sinks: [stdout, {file: {path: audit.jsonl}}]"
    }
    #expect(try first.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try first.create("{").status == 400)
    #expect(first.terminate() == 0)
    let second = try first.restarted()
    #expect(try second.create(GatewayProcess.command("c-1")).status == 200)
    #expect(second.terminate() == 0)
    let records = [first, second].flatMap { ChildProcess.jsonLines($0.process.standardOutput) }
    #expect(records.map { $0["seq"]?.integer } == [1, 2, 3, 4, 5], "a start has a record, too")
    for (record, next) in zip(records, records.dropFirst()) { #expect(next["prev"] == record["hash"]) }
    let file = try String(contentsOfFile: first.scratch.path("audit.jsonl"), encoding: .utf8)
    #expect(file == first.process.standardOutput + second.process.standardOutput)
  }

  @Test("folds a flood of refusals into counted records, but nothing that was forwarded")
  func flood() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let client = try gateway.connect()
    let (refused, forwarded) = (300, 80)
    let request = WireClient.request("POST", "/conferences", "{}", key: GatewayProcess.key)
    try client.send(String(repeating: request, count: refused))
    for _ in 1...refused { #expect(try client.readReply().status == 422) }
    for number in 1...forwarded {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
    let records = try gateway.recordsAtEnd()
    #expect(records.count { $0["decision"]?.string == "forwarded" } == forwarded)
    let refusals = records.filter { $0["decision"]?.string == "refused" }
    #expect(refusals.map { $0["count"]?.integer ?? 1 }.reduce(0, +) == Int64(refused))
    #expect(refusals.count < refused)
  }

  @Test("folds a flood of replays into counted records, though a replay costs no limit")
  func replays() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.limits = ["{name: once, per: organization, allow: 1, every: 1h}"]
    }
    let client = try gateway.connect()
    let request = WireClient.request(
      "POST", "/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key)
    try client.send(request)
    #expect(try client.readReply().status == 200)
    let replays = 400
    try client.send(String(repeating: request, count: replays))
    for _ in 1...replays { #expect(try client.readReply().headers["idempotent-replayed"] == "true") }
    let records = try gateway.recordsAtEnd()
    #expect(records.count { $0["decision"]?.string == "forwarded" } == 1)
    let replayed = records.filter { $0["decision"]?.string == "replayed" }
    #expect(replayed.map { $0["count"]?.integer ?? 1 }.reduce(0, +) == Int64(replays))
    #expect(replayed.count < replays && replayed.allSatisfy { $0["command_id"]?.string == "c-1" })
  }

  @Test("has at most 256 bytes of any name or value that a caller made up, and says how many there were")
  func longTexts() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.policy = ["unknown_fields: reject", "hold_audio_url: {allow: [\"https://media.example.com/\"]}"]
    }
    let long = String(repeating: "n", count: 60_000)
    #expect(try gateway.create(GatewayProcess.command("c-1", "\"\(long)\":1")).status == 403)
    let url = "https://other.example.com/" + String(repeating: "u", count: 4000)
    let audio = "\"start_conference_on_create\":false,\"hold_audio_url\":\"\(url)\""
    let second = try gateway.create(GatewayProcess.command("c-2", audio))
    #expect(second.status == 403, "\(second.status) \(second.text)")
    let many = (1...5000).map { "\"u\($0)\":1" }.joined(separator: ",")
    #expect(try gateway.create(GatewayProcess.command("c-3", many)).status == 403)
    let records = try gateway.recordsAtEnd()
    #expect(records.count == 3)
    let named = try #require(records[0]["fields"]?.array?.first { $0["name_bytes"] != nil })
    #expect(named["name_bytes"]?.integer == 60_000 && named["change"]?.string == "refused")
    #expect(records[0]["errors"]?.array?.first?["pointer_bytes"]?.integer == 60_001)
    let asked = try #require(records[1]["fields"]?.array?.first { $0["name"]?.string == "hold_audio_url" })
    #expect(asked["asked_bytes"]?.integer == Int64(url.utf8.count) && asked["change"]?.string == "refused")
    #expect(records[2]["fields"]?.array?.count == 32 && records[2]["fields_omitted"]?.integer == 4971)
    #expect(records[2]["errors"]?.array?.count == 8 && records[2]["errors_count"]?.integer == 33)
    let lines = gateway.process.standardOutput.utf8.split(separator: UInt8(ascii: "\n"))
    #expect(lines.allSatisfy { $0.count < 4096 })
  }
}
