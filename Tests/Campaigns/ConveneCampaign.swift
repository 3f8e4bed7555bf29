import ArgumentParser
import Glibc

@main
struct ConveneCampaign: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convene-campaign",
    abstract: "Makes trouble for the gateway, by the thousand, and checks that its promises hold.",
    discussion: """
      Starts the binaries `convene` and `telnyx-simulator` that lie beside it, on loopback, and ends them. Exits with 1 on
      any violation, and where a full run did not get at as much as it must.

      kill        the gateway is killed at its n-th write, sync, send or receive, and started again
      power       the power goes, and what was not synced with it, wholly or in part
      errors      a write or sync of the ledger fails with EIO or ENOSPC, once or from then on
      duplicates  many callers send the same ids at once, with the same and with other bodies
      network     connections to Telnyx are cut at byte n, half-closed, delayed, trickled
      stops       two gateways are stopped and started again in turn, 20 times under load
      tamper      a byte of an exported audit file is changed, or its end cut off
      long        one gateway takes 1,000,000 commands: does it grow, or get slower?

      With a ledger in PostgreSQL, which all gateways of a fleet share:

      replicas    a gateway is killed at its n-th send or receive; its name goes on, or others take over what it left
      postgres    the server's processes are killed around a commit, one or all
      partition   connections to the database are cut at byte n, or nothing passes for a time
      failover    a standby is promoted: a synchronous one has lost nothing, else it must be noticed
      pause       gateways are stopped in the middle of a send and go on up to 70 s later
      skew        the machines' clocks are an hour ahead or behind, and a new primary's a minute
      limits      16 gateways on one limit of the organization
      """)

  private static var all: [any Campaign.Type] {
    [
      KillCampaign.self, PowerCampaign.self, ErrorCampaign.self, DuplicateCampaign.self, NetworkCampaign.self,
      StopCampaign.self, TamperCampaign.self, LongCampaign.self, ReplicaCampaign.self, PostgresCampaign.self,
      PartitionCampaign.self, FailoverCampaign.self, PauseCampaign.self, SkewCampaign.self, LimitCampaign.self,
    ]
  }

  @Argument(help: "Which campaigns to run. (default: all)")
  var names: [String] = []

  @Option(help: "How many cases of each campaign. (default: as each thinks fit)")
  var cases: Int?

  @Option(help: "What random choices begin with.")
  var seed: UInt64 = 1

  @Option(help: "Of each campaign's cases the k-th of n parts.", transform: Self.slice)
  var part: Settings.Slice?

  @Option(help: "Cases at a time.")
  var jobs = 2

  @Option(help: "The one case to run, by the name that its violation was printed with.")
  var only: String?

  @Option(help: "A directory for what the gateways of a fleet said in a case with a violation.")
  var logs: String?

  private static func slice(_ text: String) throws -> Settings.Slice {
    guard let slice = Settings.Slice(text) else { throw ValidationError("--part takes k/n") }
    return slice
  }

  func validate() throws {
    for name in names where !Self.all.contains(where: { $0.name == name }) {
      throw ValidationError("'\(name)' is no campaign")
    }
    guard jobs > 0, cases.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs and --cases begin with 1") }
  }

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    let settings = Settings(cases: cases, seed: seed, jobs: jobs, only: only, slice: part, logs: logs)
    var isClean = true
    for campaign in Self.all where names.isEmpty || names.contains(campaign.name) {
      let tally = Tally(part)
      let start = ContinuousClock.now
      do {
        try campaign.run(settings, tally)
      } catch {
        tally.violation("\(error)")
      }
      if let floor = campaign.floor {
        if !settings.isPart, let objection = floor.objection(tally) { tally.violation(objection) }
        // Also where it is none.
        print("\(campaign.name): \(tally[floor.name]) \(floor.name); a full run has at least \(floor.count)")
      }
      let seconds = start.duration(to: .now).components.seconds
      print("\(campaign.name): \(tally.text)\n  \(seconds) s")
      fflush(nil)
      isClean = isClean && tally.violations == 0
    }
    if !isClean { throw ExitCode.failure }
  }
}
