/// Where the gateway is killed, and in the middle of what.
struct KillPoint: Sendable, CustomStringConvertible {
  let variant: Variant
  let scenario: Int
  let call: String
  let number: Int
  /// Where the next gateway, which recovers, is killed as well; nil = it lives.
  let again: Int?

  /// As `--only` takes it.
  var description: String { "\(variant.rawValue)/\(scenario)/\(call)/\(number)" + (again.map { "/\($0)" } ?? "") }

  init(_ variant: Variant, scenario: Int, _ call: String, _ number: Int, again: Int?) {
    self.variant = variant
    self.scenario = scenario
    self.call = call
    self.number = number
    self.again = again
  }

  init?(_ text: String) {
    let parts = text.split(separator: "/").map { String($0) }
    guard (4...5).contains(parts.count), let variant = Variant(rawValue: parts[0]), let scenario = Int(parts[1]),
      let number = Int(parts[3])
    else { return nil }
    self.init(variant, scenario: scenario, parts[2], number, again: parts.count > 4 ? Int(parts[4]) : nil)
  }
}
