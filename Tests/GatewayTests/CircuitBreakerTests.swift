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
    let answer1 = breaker.unavailability(at: start)
    #expect(answer1 == nil)
  }

  @Test("twenty attempts of which half failed are")
  func opens() {
    var breaker = broken()
    let answer2 = breaker.unavailability(at: start)
    #expect(answer2 == .seconds(1))
    let answer3 = breaker.unavailability(at: start + .milliseconds(400))
    #expect(answer3 == .milliseconds(600))
  }

  @Test("failures of long ago don't count")
  func forgets() {
    var breaker = CircuitBreaker()
    for second in 0..<19 { breaker.attemptEnded(succeeded: false, at: start + .seconds(second * 6)) }
    let answer4 = breaker.unavailability(at: start + .seconds(200))
    #expect(answer4 == nil)
  }

  @Test("mostly successes keep it closed")
  func successes() {
    var breaker = CircuitBreaker()
    for index in 0..<1000 { breaker.attemptEnded(succeeded: index % 3 != 0, at: start) }
    let answer5 = breaker.unavailability(at: start)
    #expect(answer5 == nil)
  }

  @Test("then one probe goes, and only one")
  func probe() {
    var breaker = broken()
    let later = start + .seconds(1)
    let answer6 = breaker.unavailability(at: later)
    #expect(answer6 == nil)
    let answer7 = breaker.unavailability(at: later)
    #expect(answer7 != nil)
  }

  @Test("a probe that succeeds closes it")
  func closes() {
    var breaker = broken()
    let later = start + .seconds(1)
    _ = breaker.unavailability(at: later)
    breaker.attemptEnded(succeeded: true, at: later)
    let answer8 = breaker.unavailability(at: later)
    #expect(answer8 == nil)
    let answer9 = breaker.unavailability(at: later)
    #expect(answer9 == nil)
  }

  @Test("a probe that fails opens it for twice as long")
  func reopens() {
    var breaker = broken()
    let later = start + .seconds(1)
    _ = breaker.unavailability(at: later)
    breaker.attemptEnded(succeeded: false, at: later)
    let answer10 = breaker.unavailability(at: later)
    #expect(answer10 == .seconds(2))
  }

  @Test("a probe of which nothing is heard is followed by another")
  func lostProbe() {
    var breaker = broken()
    _ = breaker.unavailability(at: start + .seconds(1))
    let answer11 = breaker.unavailability(at: start + .seconds(6))
    #expect(answer11 == nil)
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
    let answer12 = budget.withdraw(at: start + .milliseconds(50))
    #expect(!answer12)
    let answer13 = budget.withdraw(at: start + .milliseconds(150))
    #expect(answer13)
  }

  @Test("and by first sends, one for five")
  func deposits() {
    var budget = RetryBudget()
    let start = MonotonicTime(nanoseconds: 0)
    while budget.withdraw(at: start) {}
    for _ in 0..<6 { budget.firstSend() }
    let answer14 = budget.withdraw(at: start)
    #expect(answer14)
    let answer15 = budget.withdraw(at: start)
    #expect(!answer15)
  }
}
