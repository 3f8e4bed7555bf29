import Foundation
import Synchronization
import TestKit

/// Deals cases out to a few threads, each with a simulator of its own.
final class CaseQueue<Case: Sendable & CustomStringConvertible>: Sendable {
  private let cases: [Case]
  private let next = Atomic<Int>(0)
  private let tally: Tally
  private let body: @Sendable (Case, SimulatorProcess) throws -> Void

  /// - Parameter body: runs one case. What it throws is a violation: a case that can't be run shows nothing.
  init(_ cases: [Case], _ tally: Tally, _ body: @escaping @Sendable (Case, SimulatorProcess) throws -> Void) {
    self.cases = cases
    self.tally = tally
    self.body = body
  }

  /// Returns when all cases are done.
  func run(jobs: Int) {
    let done = DispatchSemaphore(value: 0)
    for _ in 0..<jobs {
      Thread { [self] in
        work()
        done.signal()
      }.start()
    }
    for _ in 0..<jobs { done.wait() }
  }

  private func work() {
    do {
      let simulator = try SimulatorProcess()
      while case let index = next.add(1, ordering: .relaxed).oldValue, index < cases.count {
        do {
          try body(cases[index], simulator)
        } catch {
          tally.violation("\(cases[index]): \(error)")
        }
        tally.finishCase()
      }
    } catch {
      tally.violation("no simulator: \(error)")
    }
  }
}
