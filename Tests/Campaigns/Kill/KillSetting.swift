import TestKit

/// How the gateway is configured that is killed.
enum KillSetting: String, CaseIterable, Sendable {
  /// As most are: one worker, the record on standard output.
  case plain
  /// With a key, and a checkpoint every few records.
  case signed
  /// With a file of the record, too.
  case file
  /// With four workers.
  case workers
  /// With more refusals at once than have a record each.
  case flood

  /// 32 bytes of 7, obviously no key.
  static let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
  static let fileName = "audit.jsonl"
  static let floodSize = 120

  func apply(to options: inout GatewayProcess.Options) {
    switch self {
    case .plain, .flood: break
    case .signed:
      options.audit = "{sinks: [stdout], checkpoint: {key: {env: SIGNING_KEY}, every: 3}}"
      options.environment["SIGNING_KEY"] = Self.key
    case .file: options.audit = "sinks: [stdout, {file: {path: \(Self.fileName)}}]"
    case .workers: options.server = ["workers: 4"]
    }
  }

  /// A flood in the middle of all else.
  func scenario(_ number: Int) -> Scenario {
    let scenario = Scenario(number)
    guard self == .flood else { return scenario }
    return Scenario(
      steps: scenario.steps.prefix(2) + [.flood(Self.floodSize)] + scenario.steps.dropFirst(2), ids: scenario.ids)
  }
}
