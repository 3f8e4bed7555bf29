import EventLoop
import Gateway
import Testing

@Suite("The circuit breaker")
struct CircuitBreakerTests {
  private let start = MonotonicTime(nanoseconds: 0)

  private func broken() -> CircuitBreaker {
    var breaker = CircuitBreaker()
    for _ in 0..<20 { breaker.attemptEnded(succeeded: false, at: start) }
    return breaker
  }

  @Test("a few failures are no reason to stop")
  func fewFailures() {
    var breaker = CircuitBreaker()
    for _ in 0..<19 { breaker.attemptEnded(succeeded: false, at: start) }
    #expect(breaker.obstacle(at: start) == nil)
  }

  @Test("twenty attempts of which half failed are")
  func opens() {
    var breaker = broken()
    #expect(breaker.obstacle(at: start) == .seconds(1))
    #expect(breaker.obstacle(at: start + .milliseconds(400)) == .milliseconds(600))
  }

  @Test("failures of long ago don't count")
  func forgets() {
    var breaker = CircuitBreaker()
    for second in 0..<19 { breaker.attemptEnded(succeeded: false, at: start + .seconds(second * 6)) }
    #expect(breaker.obstacle(at: start + .seconds(200)) == nil)
  }

  @Test("mostly successes keep it closed")
  func successes() {
    var breaker = CircuitBreaker()
    for index in 0..<1000 { breaker.attemptEnded(succeeded: index % 3 != 0, at: start) }
    #expect(breaker.obstacle(at: start) == nil)
  }

  @Test("then one probe goes, and only one")
  func probe() {
    var breaker = broken()
    let later = start + .seconds(1)
    #expect(breaker.obstacle(at: later) == nil)
    #expect(breaker.obstacle(at: later) != nil)
  }

  @Test("a probe that succeeds closes it")
  func closes() {
    var breaker = broken()
    let later = start + .seconds(1)
    _ = breaker.obstacle(at: later)
    breaker.attemptEnded(succeeded: true, at: later)
    #expect(breaker.obstacle(at: later) == nil)
    #expect(breaker.obstacle(at: later) == nil)
  }

  @Test("a probe that fails opens it for twice as long")
  func reopens() {
    var breaker = broken()
    let later = start + .seconds(1)
    _ = breaker.obstacle(at: later)
    breaker.attemptEnded(succeeded: false, at: later)
    #expect(breaker.obstacle(at: later) == .seconds(2))
  }

  @Test("a probe of which nothing is heard is followed by another")
  func lostProbe() {
    var breaker = broken()
    _ = breaker.obstacle(at: start + .seconds(1))
    #expect(breaker.obstacle(at: start + .seconds(6)) == nil)
  }
}

@Suite("The retry budget")
struct RetryBudgetTests {
  @Test("is spent by resends and filled by time")
  func spends() {
    var budget = RetryBudget()
    let start = MonotonicTime(nanoseconds: 0)
    var granted = 0
    while budget.withdraw(at: start) { granted += 1 }
    #expect(granted == 100)
    #expect(!budget.withdraw(at: start + .milliseconds(50)))
    #expect(budget.withdraw(at: start + .milliseconds(150)))
  }

  @Test("and by first sends, one for five")
  func deposits() {
    var budget = RetryBudget()
    let start = MonotonicTime(nanoseconds: 0)
    while budget.withdraw(at: start) {}
    for _ in 0..<6 { budget.firstSend() }
    #expect(budget.withdraw(at: start))
    #expect(!budget.withdraw(at: start))
  }
}
