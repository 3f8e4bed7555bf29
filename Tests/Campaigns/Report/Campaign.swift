/// One way to make trouble, by the hundred.
protocol Campaign {
  static var name: String { get }
  /// Nil: what is asked for is what is done.
  static var floor: Floor? { get }
  static func run(_ settings: Settings, _ tally: Tally) throws
}
