/// What a recording is of.
enum PowerSetting: Sendable, Hashable {
  /// A few commands with their trouble, to a gateway that is configured so.
  case few(KillSetting)
  /// So many commands, many at a time, that the log is moved into the database and begun anew in the middle.
  case many

  static let all = KillSetting.allCases.map(PowerSetting.few) + [.many]

  var gateway: KillSetting {
    switch self {
    case .few(let setting): setting
    case .many: .plain
    }
  }

  var name: String {
    switch self {
    case .few(let setting): setting.rawValue
    case .many: "many"
    }
  }

  func scenario(_ number: Int) -> Scenario {
    switch self {
    case .few(let setting): return setting.scenario(number)
    case .many:
      let ids = (0..<960).map { "many-\($0)" }
      let steps = stride(from: 0, to: ids.count, by: 4).map { Scenario.Step.together(Array(ids[$0..<($0 + 4)])) }
      return Scenario(steps: steps, ids: ids)
    }
  }
}
