import Oracle

/// Where the gateway is killed, and in the middle of what.
struct KillPoint: Sendable, CustomStringConvertible {
  let variant: Variant
  let setting: KillSetting
  let scenario: Int
  let call: String
  let number: Int
  /// Where the next gateway, which recovers, is killed as well; nil = it lives.
  let again: Int?

  /// As `--only` takes it.
  var description: String {
    "\(variant.rawValue)/\(setting.rawValue)/\(scenario)/\(call)/\(number)" + (again.map { "/\($0)" } ?? "")
  }

  init(_ variant: Variant, _ setting: KillSetting, scenario: Int, _ call: String, _ number: Int, again: Int?) {
    self.variant = variant
    self.setting = setting
    self.scenario = scenario
    self.call = call
    self.number = number
    self.again = again
  }

  init?(_ text: String) {
    let parts = text.split(separator: "/").map { String($0) }
    guard (5...6).contains(parts.count), let variant = Variant(rawValue: parts[0]),
      let setting = KillSetting(rawValue: parts[1]), let scenario = Int(parts[2]), let number = Int(parts[4])
    else { return nil }
    self.init(
      variant, setting, scenario: scenario, parts[3], number, again: parts.count > 5 ? Int(parts[5]) : nil)
  }
}
