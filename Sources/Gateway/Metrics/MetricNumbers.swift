/// Which number each name of a team, or of a limit, has among the metrics: the same for as long as the process lives, so that
/// what was counted stays when a configuration no longer has it. A request finds its cells by a number, not by a name.
struct MetricNumbers: Sendable {
  /// Far more than a configuration has. Only who changes names without end comes so far: what is beyond has one number together.
  static let most = 4096
  static let beyond = "(other)"

  /// By their numbers. The first is nobody's.
  private(set) var names = [""]
  private var numbers: [String: Int] = [:]

  mutating func number(of name: String) -> Int {
    if let number = numbers[name] { return number }
    if names.count > Self.most { return Self.most }
    numbers[name] = names.count
    names.append(names.count == Self.most ? Self.beyond : name)
    return names.count - 1
  }
}
