import JSON
import TestKit
import Testing

@Suite("Looking at operations", .timeLimit(.minutes(30)))
struct OperationTests {
  let simulator: SimulatorProcess
  let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator)
  }

  @Test("shows a finished command with its reply, under both prefixes", arguments: ["", "/v2"])
  func done(prefix: String) throws {
    let created = try gateway.call("POST", "\(prefix)/conferences", GatewayProcess.command("c-1"))
    #expect(created.status == 200)
    let reply = try gateway.call("GET", "\(prefix)/operations/c-1")
    #expect(reply.status == 200)
    let data = try #require(try reply.json()["data"])
    #expect(data["record_type"]?.string == "operation")
    #expect(data["command_id"]?.string == "c-1")
    #expect(data["state"]?.string == "done")
    #expect(data["outcome"]?.string == "executed")
    #expect(data["conference"]?["id"]?.string == created.conferenceID && created.conferenceID != nil)
    let record = try #require(try gateway.recordsAtEnd().first)
    #expect(record["outcome"] == data["outcome"] && record["conference"] == data["conference"], "in the same words")
    #expect(data["first_sent_at"]?.string?.hasSuffix("Z") == true)
    #expect(data["reply"]?["status"]?.integer == 200)
    #expect(try data["reply"]?["body"] == created.json())
  }

  @Test("takes a slash at the end of a path for nothing", arguments: ["", "/v2"])
  func slash(prefix: String) throws {
    let created = try gateway.call("POST", "\(prefix)/conferences/", GatewayProcess.command("c-1/"))
    #expect(created.status == 200)
    let explained = try gateway.call("POST", "\(prefix)/conferences:explain/", GatewayProcess.command("c-1/"))
    #expect(explained.status == 200)
    for path in ["c-1%2F", "c-1%2F/", "c-1%2f/"] {
      #expect(try gateway.call("GET", "\(prefix)/operations/\(path)").json()["data"]?["state"]?.string == "done")
    }
    for path in [
      "conferences//", "conferences:explain//", "/conferences/", "operations/c-1%2F//", "operations//", "operations/",
    ] {
      let method = path.hasPrefix("operations") ? "GET" : "POST"
      Refused(404, "not_found", "10005").check(
        try gateway.call(method, "\(prefix)/\(path)", GatewayProcess.command("c-2", name: "other")))
    }
    #expect(try simulator.received() == 1)
  }

  @Test("shows an unknown one without a reply")
  func unknown() throws {
    try simulator.queue(faults: "status=200")
    let refused = try gateway.create(GatewayProcess.command("c-1"))
    let path = try #require(refused.meta?["operation"]?.string)
    let data = try #require(try gateway.call("GET", path).json()["data"])
    #expect(data["state"]?.string == "unknown")
    #expect(data["outcome"]?.string == "unknown")
    #expect(data["reply"] == nil && data["conference"] == nil)
  }

  @Test("finds nothing of a command that was never sent", arguments: ["never", "%00", "", "a/b"])
  func notFound(id: String) throws {
    Refused(404, "not_found", "10005").check(try gateway.call("GET", "/operations/\(id)"))
  }

  @Test("leaves no record of its own, and forwards nothing")
  func leavesNoTrace() throws {
    _ = try gateway.call("GET", "/operations/c-1")
    #expect(try gateway.recordsAtEnd().isEmpty)
    #expect(try simulator.journal()["requests"]?.integer == 0)
  }
}
