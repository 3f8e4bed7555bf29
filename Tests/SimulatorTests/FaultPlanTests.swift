import JSON
import TestKit
import Testing

@Suite("The simulator's plan of faults", .timeLimit(.minutes(30)))
struct FaultPlanTests {
  let body = #"{"call_control_id":"v3:leg","name":"standup","command_id":"one"}"#

  @Test("the queue comes first, one fault a create, then the default")
  func queue() throws {
    let simulator = try SimulatorProcess(["--fault", "status=500"])
    #expect(try simulator.create(body).status == 500)
    let queued = try simulator.call("POST", "/simulator/faults", #"["status=503",null,"status=504"]"#)
    #expect(queued.status == 200)
    let plan = try simulator.call("GET", "/simulator/faults").json()
    #expect(plan["queue"] == .array([.string("status=503"), .null, .string("status=504")]))
    #expect(plan["default"] == .string("status=500"))
    #expect(try simulator.create(body).status == 503)
    #expect(try simulator.create(body, fault: "status=502").status == 502)
    #expect(try (0..<3).map { _ in try simulator.create(body).status } == [200, 504, 500])
  }

  @Test("the default fault can be set, and all can be taken back")
  func standing() throws {
    let simulator = try SimulatorProcess()
    #expect(try simulator.call("PUT", "/simulator/faults", #""status=503""#).status == 200)
    #expect(try simulator.create(body).status == 503)
    #expect(try simulator.call("PUT", "/simulator/faults", "null").status == 200)
    #expect(try simulator.create(body).status == 200)
    #expect(try simulator.call("POST", "/simulator/faults", #"["status=503"]"#).status == 200)
    #expect(try simulator.call("DELETE", "/simulator/faults").status == 200)
    #expect(try simulator.create(body).status == 200)
    #expect(try simulator.call("DELETE", "/simulator/journal").status == 200)
    #expect(try simulator.journal()["requests"] == .integer(0))
    #expect(try simulator.create(body).status == 200)
    #expect(try simulator.journal()["executed"]?.array?.count == 1)
  }

  @Test(
    "a spec that is none is refused, and nothing is executed",
    arguments: [
      "bogus", "delay", "delay=x", "delay=-1", "status=99", "close-before=1", "cut", "header=x", "redirect=",
      "status=500,close-before", "cut=1,garbage", "chunked,no-length", "status=500,no-conference",
    ])
  func refuses(spec: String) throws {
    let simulator = try SimulatorProcess()
    #expect(try simulator.call("PUT", "/simulator/faults", "\"\(spec)\"").status == 400)
    #expect(try simulator.call("POST", "/simulator/faults", "[\"delay=1\",\"\(spec)\"]").status == 400)
    #expect(try simulator.create(body, fault: spec).status == 400)
    #expect(try simulator.call("GET", "/simulator/faults").json()["queue"] == .array([]))
    #expect(try simulator.journal()["executed"] == .array([]))
  }
}
