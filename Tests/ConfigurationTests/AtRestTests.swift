import Configuration
import Foundation
import Gateway
import TestKit
import Testing

@Suite("A configuration that is changed while it is read")
struct AtRestTests {
  private static func generation(_ name: String, in sandbox: Sandbox) throws {
    try sandbox.write(
      "\(name)/gateway.yaml",
      "version: 1\norganization: \(name)\nupstream: {tokens: [{env: TOKEN}]}\nteams: [teams/*.yaml]\n")
    try sandbox.write(
      "\(name)/teams/t.yaml", "version: 1\nteam: \(name)\ncallers: [{name: dialer, unix_uid: 1000}]\n")
  }

  @Test("is of one moment: where a link is turned, no file of one generation goes with one of the other")
  func generations() throws {
    let sandbox = try Sandbox()
    for name in ["a", "b"] { try Self.generation(name, in: sandbox) }
    try FileManager.default.createSymbolicLink(atPath: sandbox.path("data"), withDestinationPath: "a")
    let (link, next) = (sandbox.path("data"), sandbox.path("next"))
    let isOver = Gate()
    let turning = Background { () throws -> Int in
      var turns = 0
      while !isOver.isOpen {
        try FileManager.default.createSymbolicLink(atPath: next, withDestinationPath: turns % 2 == 0 ? "b" : "a")
        guard rename(next, link) == 0 else { throw Failure("the link can't be turned") }
        turns += 1
        // Long enough for some readings to be over, and short enough for others not to be.
        usleep(UInt32.random(in: 0..<40_000))
      }
      return turns
    }
    defer { isOver.open() }
    var seen: Set<String> = []
    for _ in 0..<300 {
      do {
        let loaded = try ConfigurationLoader.loadAtRest(
          path: sandbox.path("data/gateway.yaml"), environment: Sandbox.environment)
        #expect(loaded.teams.map(\.name) == [loaded.organization])
        seen.insert(loaded.organization)
      } catch {
        #expect(error.description.contains("change while they are read"), "\(error)")
      }
    }
    isOver.open()
    #expect(try turning.value() > 0)
    #expect(seen == ["a", "b"])
  }

  @Test("that is wrong is told of as it is")
  func wrong() throws {
    let sandbox = try Sandbox.good("servr: {}\n")
    #expect(throws: ConfigurationErrors.self) {
      try ConfigurationLoader.loadAtRest(path: sandbox.path("gateway.yaml"), environment: Sandbox.environment)
    }
  }
}
