import Crypto
import JSON
import Oracle
import TestKit

/// What a case of two gateways would leave behind, as text to tamper with: `all-0` was asked for at both, and each caller has one of its
/// own.
struct MadeUpCase {
  struct Create {
    var id: String
    var conference: String
    /// ms.
    var time = 0
  }

  var variant = Variant.dedupe
  var causes = 0
  var kills = 0
  /// By replica, its records without their numbers.
  var records = [
    "r0": [opening("r0", 1), forwarded("all-0"), forwarded("c0-0")],
    "r1": [opening("r1", 2), replayed("all-0"), forwarded("c1-0")],
  ]
  /// By replica, other lines than its chain's.
  var streams: [String: String] = [:]
  /// By replica, after the chain was made and streamed.
  var tamper: [String: (inout [LedgerContents.Record]) -> Void] = [:]
  var missing: Set<String> = []
  var executed = ["all-0", "c0-0", "c1-0"].map { Create(id: $0, conference: "conference-\($0)") }
  /// Beside those that were executed.
  var duplicates = 0
  var states = ["all-0": 2, "c0-0": 2, "c1-0": 2]
  var conferences = ["all-0", "c0-0", "c1-0"].reduce(into: [:]) { $0[$1] = "conference-\($1)" }
  var takings: [FleetContents.Taking] = []
  let history = History()

  init() {
    for (id, answers) in [("all-0", 2), ("c0-0", 1), ("c1-0", 1)] {
      history.note(id) { $0.answers = Array(repeating: Self.answer("conference-\(id)"), count: answers) }
    }
  }

  static func answer(_ conference: String) -> [UInt8] { Array(#"{"data":{"id":"\#(conference)"}}"#.utf8) }

  static func opening(_ replica: String, _ writer: Int) -> String {
    #""decision":"chain","replica":"\#(replica)","writer":\#(writer)"#
  }

  static func forwarded(_ id: String, attempts: Int = 1) -> String {
    #""command_id":"\#(id)","decision":"forwarded","conference":{"id":"conference-\#(id)"},"outcome":"executed","#
      + #""status":200,"upstream":{"status":200,"attempts":\#(attempts)}"#
  }

  static func replayed(_ id: String) -> String { #""command_id":"\#(id)","decision":"replayed","status":200"# }

  static func recovered(_ id: String, _ outcome: String = "unknown") -> String {
    #""command_id":"\#(id)","decision":"recovered","outcome":"\#(outcome)""#
  }

  /// What the oracle says of it.
  func judge() throws -> [(what: String, count: Int)] {
    let plan = FleetPlan(variant, gateways: 2, own: 1, shared: 1, seed: 1, faults: 0)
    var (writers, lines): ([FleetContents.Writer], [String: [String]]) = ([], [:])
    for (id, replica) in ["r0", "r1"].enumerated() {
      var (chain, stream, previous) = ([LedgerContents.Record](), "", [UInt8](repeating: 0, count: 32))
      for (index, record) in (records[replica] ?? []).enumerated() {
        let text = Array(#"{"seq":\#(index + 1),\#(record)}"#.utf8)
        let hash = Digest.sha256(previous + text)
        stream += String(decoding: text.dropLast(), as: UTF8.self)
        stream += #","prev":"\#(previous.hex)","hash":"\#(hash.hex)"}"# + "\n"
        chain.append(LedgerContents.Record(seq: Int64(index + 1), text: text, hash: hash))
        previous = hash
      }
      lines[replica] = [streams[replica] ?? stream]
      let seq = Int64(chain.count)
      tamper[replica]?(&chain)
      if missing.contains(replica) { continue }
      writers.append(
        FleetContents.Writer(id: Int64(id + 1), replica: replica, seq: seq, hash: previous, records: chain))
    }
    let contents = FleetContents(writers: writers, states: states, takings: takings, conferences: conferences)
    let rows = executed.map { #"{"command_id":"\#($0.id)","id":"\#($0.conference)","attempt_time_ms":\#($0.time)}"# }
    let journal = #"{"executed":[\#(rows.joined(separator: ","))],"creates_received":\#(rows.count + duplicates)}"#
    var oracle = FleetOracle(
      plan, history, contents, journal: try JSONValue.parse(Array(journal.utf8)), streams: lines, causes: causes,
      kills: kills)
    return try oracle.check()
  }
}
