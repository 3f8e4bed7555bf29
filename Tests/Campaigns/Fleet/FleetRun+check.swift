import Foundation
import JSON
import Oracle
import TestKit

extension FleetRun {
  /// What the oracle and the product's own verifier say, when all gateways have ended.
  ///
  /// - Parameter causes: how often something befell the fleet by which what is under way becomes unknown.
  func check(_ tally: Tally, causes: Int) throws {
    let contents = try fleet.contents()
    var oracle = FleetOracle(
      plan, history, contents, journal: try fleet.simulator.journal(), streams: streams, causes: causes,
      kills: fleet.replicas.flatMap(\.ends).count { $0.status == -SIGKILL })
    for (what, count) in try oracle.check() { tally.count(what, count) }
    try verify(contents, tally)
  }

  func checkChains(_ tally: Tally) throws {
    let contents = try fleet.contents()
    try FleetChains.check(contents, streams)
    try verify(contents, tally)
  }

  private func verify(_ contents: FleetContents, _ tally: Tally) throws {
    let records = contents.writers.reduce(0) { $0 + $1.records.count }
    let said = try fleet.database.verify()
    guard said.hasPrefix("intact: \(records) records of \(contents.writers.count) chains") else {
      throw Failure("audit verify, of \(records) records of \(contents.writers.count) chains: \(said)")
    }
    tally.count("ledgers that `audit verify` found intact")
  }

  /// By replica.
  private var streams: [String: [String]] {
    Dictionary(
      uniqueKeysWithValues: fleet.replicas.enumerated().map { (Fleet.name($0), $1.ends.map(\.standardOutput)) })
  }
}
