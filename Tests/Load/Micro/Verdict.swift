/// What is to be said of an operation's allocations.
enum Verdict {
  case more(String, AllocationCount, Allowance)
  /// No failure, but the allowance would let the old ones come back.
  case fewer(String, AllocationCount, Allowance)
  case keeps(String, AllocationCount)
  case noAllowance(String, AllocationCount)

  var isFailure: Bool { if case .fewer = self { false } else { true } }

  var text: String {
    switch self {
    case .more(let name, let count, let allowance):
      "MORE: \(name) allocates \(Self.text(count)), allowed are \(Self.text(allowance))"
    case .fewer(let name, let count, let allowance):
      "fewer: \(name) allocates \(Self.text(count)): lower its \(Self.text(allowance)) in Allowance.swift"
    case .keeps(let name, let count):
      "LEAK: \(name) never frees \(count.kept.grouped) of its \(count.allocations.grouped) allocations"
    case .noAllowance(let name, let count):
      "NOT ALLOWED: \(name) allocates \(Self.text(count)), and Allowance.swift does not name it"
    }
  }

  private static func text(_ count: AllocationCount) -> String {
    "\(count.allocations.grouped) (\(count.bytes.grouped) bytes)"
  }

  private static func text(_ allowance: Allowance) -> String {
    "\(allowance.allocations.grouped) (\(allowance.bytes.grouped) bytes)"
  }
}
