import Foundation
import Synchronization

/// What a campaign has done and found so far.
final class Tally: Sendable {
  private struct State {
    var cases = 0
    var counts: [String: Int] = [:]
    var violations: [String] = []
  }

  private let state = Mutex(State())
  /// Of each campaign's cases; nil = all.
  let slice: Settings.Slice?

  init(_ slice: Settings.Slice? = nil) { self.slice = slice }

  var violations: Int { state.withLock { $0.violations.count } }

  /// How many of these were counted.
  subscript(what: String) -> Int { state.withLock { $0.counts[what] ?? 0 } }

  func finishCase(_ number: Int = 1) { state.withLock { $0.cases += number } }

  func count(_ what: String, _ number: Int = 1) {
    guard number != 0 else { return }
    state.withLock { $0.counts[what, default: 0] += number }
  }

  func violation(_ what: String) {
    let cases = state.withLock { state in
      state.violations.append(what)
      return state.cases
    }
    // A campaign may take hours.
    FileHandle.standardError.write(Data("VIOLATION, after \(cases) cases: \(what)\n".utf8))
  }

  /// Figures a line each, then the violations.
  var text: String {
    let state = state.withLock { $0 }
    let counts = state.counts.sorted { $0.key < $1.key }.map { "  \($0.value) \($0.key)" }
    let violations = state.violations.map { "  VIOLATION \($0)" }
    return (["\(state.cases) cases, \(state.violations.count) violations"] + counts + violations)
      .joined(separator: "\n")
  }
}
