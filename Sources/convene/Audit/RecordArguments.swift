internal import ArgumentParser
internal import Audit
internal import Conference
internal import Gateway

struct DecisionArgument: ExpressibleByArgument {
  static let allValueStrings = AuditEntry.Decision.allCases.map(\.rawValue) + ["checkpoint", "heads", "import"]

  let decision: String

  init?(argument: String) {
    guard Self.allValueStrings.contains(argument) else { return nil }
    decision = argument
  }
}

/// Of those that a record names.
struct CallArgument: ExpressibleByArgument {
  static let allValueStrings = ConferenceCall.others.map(\.name)

  let name: String

  init?(argument: String) {
    guard Self.allValueStrings.contains(argument) else { return nil }
    name = argument
  }
}

/// `SEQ` or `WRITER:SEQ`.
struct AfterArgument: ExpressibleByArgument {
  let seq: Int64
  let writer: Int64?

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
    guard (1...2).contains(parts.count), let last = parts.last, let seq = last, seq >= 0 else { return nil }
    self.seq = seq
    guard parts.count == 2 else {
      writer = nil
      return
    }
    guard let writer = parts[0], writer > 0 else { return nil }
    self.writer = writer
  }
}

struct OutcomeArgument: ExpressibleByArgument {
  static let allValueStrings = AuditEntry.Outcome.allCases.map(\.rawValue) + [RecordContent.settled]

  let outcome: String

  init?(argument: String) {
    guard Self.allValueStrings.contains(argument) else { return nil }
    outcome = argument
  }
}

/// One status, or all of a class.
struct StatusArgument: ExpressibleByArgument {
  let range: ClosedRange<Int64>

  init?(argument: String) {
    if argument.utf8.count == 3, argument.lowercased().hasSuffix("xx"), let first = argument.first?.wholeNumberValue,
      (1...5).contains(first)
    {
      range = Int64(first * 100)...Int64(first * 100 + 99)
      return
    }
    guard let status = Int64(argument), (100...599).contains(status) else { return nil }
    range = status...status
  }
}
