import Foundation
import TestKit
import Testing

/// A few dozen cases of what `make campaign` does by the thousand.
@Suite(
  "A short campaign", .timeLimit(.minutes(30)),
  .enabled("needs strace") { FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") })
struct CampaignTests {
  @Test(
    "finds no promise broken",
    arguments: [
      ("kill", 36), ("power", 36), ("errors", 12), ("duplicates", 2), ("network", 3), ("stops", 2),
      ("long", 500), ("replicas", 4), ("partition", 4),
    ])
  func short(name: String, cases: Int) throws {
    let campaign = try ChildProcess("convene-campaign", [name, "--cases", "\(cases)"])
    #expect(campaign.waitForExit(within: .seconds(540)) == 0, "\(campaign.standardOutput)\(campaign.standardError)")
  }

  @Test("leaves nothing behind when it is killed")
  func killed() throws {
    let campaign = try ChildProcess("convene-campaign", ["replicas", "--cases", "50"])
    var children: Set<Int32> = []
    try wait {
      let running = ChildProcess.running().filter { $0.parent == campaign.identifier }
      children.formUnion(running.map(\.identifier))
      return running.contains { $0.name == "convene" }
    }
    // A simulator, a gateway and its neighbours, and what PostgreSQL runs under.
    #expect(children.count > 2)
    campaign.signal(SIGKILL)
    try wait { ChildProcess.running().allSatisfy { !children.contains($0.identifier) } }
  }
}
