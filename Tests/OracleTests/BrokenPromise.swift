import Oracle
import TestKit

/// A fault of the gateway's, by what it would leave behind, and what the oracle must say of it.
struct BrokenPromise: Sendable, CustomStringConvertible {
  let description: String
  let complaint: String
  let plant: @Sendable (inout MadeUpCase) -> Void

  init(_ description: String, _ complaint: String, _ plant: @escaping @Sendable (inout MadeUpCase) -> Void) {
    (self.description, self.complaint, self.plant) = (description, complaint, plant)
  }

  static let all = sends + takings + records + answers

  private static let sends = [
    BrokenPromise("sent twice", "was executed 2 times") {
      $0.executed.append(MadeUpCase.Create(id: "c0-0", conference: "second"))
      $0.records["r0"]?[2] = MadeUpCase.forwarded("c0-0", attempts: 2)
    },
    BrokenPromise("sent again after the window", "after the window") {
      ($0.variant, $0.causes) = (.forgetful, 3)
      $0.executed.append(MadeUpCase.Create(id: "c0-0", conference: "second", time: 61_000))
      $0.records["r0"]?[2] = MadeUpCase.forwarded("c0-0", attempts: 2)
    },
    BrokenPromise("sent again without a cause", "had a cause") {
      $0.variant = .forgetful
      $0.executed.append(MadeUpCase.Create(id: "c0-0", conference: "second", time: 1000))
      $0.records["r0"]?[2] = MadeUpCase.forwarded("c0-0", attempts: 2)
    },
    BrokenPromise("sent before the admission was committed, and executed", "and the audit has 1") {
      ($0.variant, $0.causes) = (.forgetful, 3)
      $0.executed.append(MadeUpCase.Create(id: "c0-0", conference: "second", time: 1000))
    },
    BrokenPromise("sent before the admission was committed, and not executed", "sent 4 creates, and the audit has 3") {
      $0.duplicates = 1
    },
    BrokenPromise("sent what nobody asked for", "executed:") {
      $0.executed.append(MadeUpCase.Create(id: "stranger", conference: "second"))
    },
  ]

  private static let takings = [
    BrokenPromise("taken from who lives", "who was alive") {
      $0.takings = [
        FleetContents.Taking(commandID: "c0-0", loser: 2, winner: 1, wasSending: true, wasHeld: true)
      ]
      $0.records["r0"]?.append(MadeUpCase.recovered("c0-0"))
    },
    BrokenPromise("taken over without a record", "its chain has 0") {
      $0.takings = [
        FleetContents.Taking(commandID: "c0-0", loser: 2, winner: 1, wasSending: true, wasHeld: false)
      ]
      // Another one's record is not its own, and a look-up's doesn't tell of it.
      $0.records["r1"]?.append(MadeUpCase.recovered("c0-0"))
      $0.records["r0"]?.append(MadeUpCase.recovered("c0-0", "executed"))
    },
    BrokenPromise("left without an outcome", "is left in state 3") { $0.states["c0-0"] = 3 },
  ]

  private static let records = [
    BrokenPromise("a record dropped", "record 2 has the number 3") { $0.tamper["r0"] = { $0.remove(at: 1) } },
    BrokenPromise("the last record dropped", "its head is 3") { $0.tamper["r0"] = { $0.removeLast() } },
    BrokenPromise("a record edited", "is broken") {
      $0.tamper["r0"] = { records in
        let text = Array(#"{"seq":3,\#(MadeUpCase.replayed("c0-0"))}"#.utf8)
        records[2] = LedgerContents.Record(seq: 3, text: text, hash: records[2].hash)
      }
    },
    BrokenPromise("a chain dropped", "the chain of r1 is gone") { $0.missing = ["r1"] },
    BrokenPromise("all records of a chain dropped", "no records, where there should be 3") {
      $0.tamper["r1"] = { $0.removeAll() }
    },
    BrokenPromise("another replica's chain", "begins with") { $0.records["r1"]?[0] = MadeUpCase.opening("r0", 1) },
    BrokenPromise("a record that was never streamed", "never came to the sink") { $0.streams["r1"] = "" },
    BrokenPromise("an outcome that was never written down", "of which the audit has nothing") {
      $0.records["r0"]?[2] = MadeUpCase.recovered("c0-0")
    },
    BrokenPromise("a replay that was never written down", "was answered 200 2 times, and the audit has 1") {
      $0.records["r1"]?.remove(at: 1)
    },
  ]

  private static let answers = [
    BrokenPromise("a replay with another body", "was answered in 2 ways") {
      $0.history.note("all-0") { $0.answers[1].append(32) }
    },
    BrokenPromise("another command's conference", "did not make") {
      $0.history.note("c0-0") { $0.answers = [MadeUpCase.answer("conference-c1-0")] }
    },
    BrokenPromise("another conference than the ledger's", "another conference than the ledger has") {
      $0.conferences["c0-0"] = "second"
    },
    BrokenPromise("200 for what was never sent", "never executed") { $0.executed.remove(at: 1) },
    BrokenPromise("no final answer", "was answered in 0 ways") { $0.history.note("c0-0") { $0.answers = [] } },
    BrokenPromise("503 for what was executed", "nothing was heard, and the audit has 2") {
      $0.history.note("all-0") { ($0.answers, $0.unsent) = ([$0.answers[0]], 1) }
    },
    BrokenPromise("504 for what was executed", "was answered 504 1 times, and the audit has 0") {
      $0.history.note("all-0") { ($0.answers, $0.unknown, $0.unsettled) = ([$0.answers[0]], 1, 1) }
    },
  ]
}
