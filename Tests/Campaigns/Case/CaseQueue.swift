import Foundation
import Synchronization
import TestKit

/// Deals cases out to a few threads, each with what it runs them on: a simulator, a database.
final class CaseQueue<Case: Sendable & CustomStringConvertible, Ground: Sendable>: Sendable {
  private let cases: [Case]
  private let next = Atomic<Int>(0)
  private let tally: Tally
  private let makeGround: @Sendable () throws -> Ground
  private let body: @Sendable (Case, Ground) throws -> Void

  /// - Parameter body: runs one case. What it throws is a violation: a case that can't be run shows nothing.
  init(
    _ cases: [Case], _ tally: Tally, on makeGround: @escaping @Sendable () throws -> Ground,
    _ body: @escaping @Sendable (Case, Ground) throws -> Void
  ) {
    self.cases = tally.slice.map { $0(cases) } ?? cases
    self.tally = tally
    self.makeGround = makeGround
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
      let ground = try makeGround()
      while case let index = next.add(1, ordering: .relaxed).oldValue, index < cases.count {
        do {
          try body(cases[index], ground)
        } catch {
          tally.violation("\(cases[index]): \(error)")
        }
        tally.finishCase()
      }
    } catch {
      tally.violation("nothing to run cases on: \(error)")
    }
  }
}

extension CaseQueue where Ground == SimulatorProcess {
  convenience init(
    _ cases: [Case], _ tally: Tally, _ body: @escaping @Sendable (Case, SimulatorProcess) throws -> Void
  ) {
    self.init(cases, tally, on: { try SimulatorProcess() }, body)
  }
}
