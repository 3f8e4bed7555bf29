/// One way to make trouble, by the hundred.
protocol Campaign {
  static var name: String { get }
  static func run(_ settings: Settings, _ tally: Tally) throws
}
