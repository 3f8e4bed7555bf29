import Testing

@testable import Gateway

@Suite("Numbers of names")
struct MetricNumbersTests {
  @Test("stay what they were, whatever names come later")
  func stay() {
    var numbers = MetricNumbers()
    #expect(numbers.number(of: "support") == 1 && numbers.number(of: "sales") == 2)
    var later = numbers
    #expect(later.number(of: "billing") == 3 && later.number(of: "support") == 1)
    #expect(later.names == ["", "support", "sales", "billing"] && numbers.names.count == 3)
  }

  @Test("have a bound: who changes names without end has one for all that are beyond it")
  func bound() {
    var numbers = MetricNumbers()
    let given = (0..<2 * MetricNumbers.most).map { numbers.number(of: "team-\($0)") }
    #expect(given.prefix(MetricNumbers.most).elementsEqual(1...MetricNumbers.most))
    #expect(given.dropFirst(MetricNumbers.most).allSatisfy { $0 == MetricNumbers.most })
    #expect(numbers.names.count == MetricNumbers.most + 1 && numbers.names.last == MetricNumbers.beyond)
    #expect(numbers.number(of: "team-0") == 1)
  }
}
