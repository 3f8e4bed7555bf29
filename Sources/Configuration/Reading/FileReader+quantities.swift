internal import Gateway

extension FileReader {
  /// A whole number with its unit: `250ms`, `5s`, `1m`, `24h`, `90d`.
  func duration(_ value: YAMLValue, _ name: String, in range: ClosedRange<Duration>) -> Duration? {
    guard let number = quantity(value, name, Duration.units, example: "250ms, 5s, 1m, 24h or 90d") else { return nil }
    // Beyond a thousand years no unit's product overflows a Duration, so the range below is what judges it.
    guard number.count <= 1_000_000_000_000, range.contains(number.unit * number.count) else {
      report(value, "\(name) must be \(range.lowerBound.text) to \(range.upperBound.text), is \(value.text.quoted)")
      return nil
    }
    return number.unit * number.count
  }

  /// A whole number of bytes with its unit: `512B`, `1KB` (1000), `64KiB` (65,536), `1MiB`.
  func size(_ value: YAMLValue, _ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let number = quantity(value, name, Self.sizeUnits, example: "512B, 64KB, 64KiB or 1MiB") else { return nil }
    let (bytes, overflow) = number.count.multipliedReportingOverflow(by: number.unit)
    guard !overflow, range.contains(bytes) else {
      report(
        value,
        "\(name) must be \(Self.sizeText(range.lowerBound)) to \(Self.sizeText(range.upperBound)),"
          + " is \(value.text.quoted)")
      return nil
    }
    return bytes
  }

  private func quantity<Unit>(
    _ value: YAMLValue, _ name: String, _ units: [(name: String, unit: Unit)], example: String
  ) -> (count: Int, unit: Unit)? {
    switch value.content {
    case .string: break
    case .integer, .otherNumber:
      report(value, "\(name) needs a unit: \(example)")
      return nil
    default:
      report(value, "\(name) must be a number with a unit (\(example)), is \(value.noun)")
      return nil
    }
    let digits = value.text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let suffix = value.text.utf8.dropFirst(digits.count)
    guard !digits.isEmpty, let count = Int(String(decoding: digits, as: UTF8.self)),
      let unit = units.first(where: { $0.name.utf8.elementsEqual(suffix) })
    else {
      report(
        value,
        "\(name) must be a whole number and one of the units \(units.map(\.name).joined(separator: ", ")), such as"
          + " \(example); is \(value.text.quoted)")
      return nil
    }
    return (count, unit.unit)
  }

  static let sizeUnits: [(name: String, unit: Int)] = [
    ("B", 1), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("KiB", 1 << 10), ("MiB", 1 << 20),
    ("GiB", 1 << 30),
  ]

  /// In the largest binary unit that divides it.
  static func sizeText(_ bytes: Int) -> String {
    for (name, unit) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] where bytes % unit == 0 && bytes > 0 {
      return "\(bytes / unit)\(name)"
    }
    return "\(bytes)B"
  }
}

extension Duration {
  static let units: [(name: String, unit: Duration)] = [
    ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)), ("d", .seconds(86_400)),
  ]
}
