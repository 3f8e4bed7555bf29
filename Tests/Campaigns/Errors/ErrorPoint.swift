/// Which of the ledger's calls fails, and how.
struct ErrorPoint: Sendable, CustomStringConvertible {
  let scenario: Int
  let call: String
  let number: Int
  let error: String
  let persists: Bool

  /// As `--only` takes it.
  var description: String { "\(scenario)/\(call)/\(number)/\(error)/\(persists ? "on" : "once")" }

  init(scenario: Int, _ call: String, _ number: Int, _ error: String, persists: Bool) {
    self.scenario = scenario
    self.call = call
    self.number = number
    self.error = error
    self.persists = persists
  }

  init?(_ text: String) {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 5, let scenario = Int(parts[0]), let number = Int(parts[2]) else { return nil }
    self.init(scenario: scenario, parts[1], number, parts[3], persists: parts[4] == "on")
  }
}
