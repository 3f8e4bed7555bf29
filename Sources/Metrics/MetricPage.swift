/// A page of metrics as it is written, family by family.
///
/// Both formats are written here: text (prometheus.io, "Exposition formats") and OpenMetrics 1.0. What differs is how a counter's
/// family is called, that there are units, and the end.
package struct MetricPage {
  package enum Kind: String, Sendable {
    case counter, gauge, histogram, info
  }

  package typealias Labels = KeyValuePairs<StaticString, String>

  private let format: ExpositionFormat
  private(set) var bytes: [UInt8] = []
  /// Of the family that is being written.
  private var sampleName = ""
  private var familyName = ""
  private var families: Set<String> = []

  package init(_ format: ExpositionFormat) {
    self.format = format
    bytes.reserveCapacity(32 << 10)
  }

  /// Begins a family: its samples follow.
  ///
  /// - Parameters:
  ///   - name: without `_total` or `_info`, which are added where they belong.
  ///   - unit: one in which the name ends.
  package mutating func family(_ kind: Kind, _ name: String, unit: String? = nil, _ help: StaticString) {
    precondition(families.insert(name).inserted, "the family \(name) is written twice")
    precondition(unit.map { name.hasSuffix("_\($0)") } ?? true, "\(name) doesn't end in its unit")
    familyName = name
    sampleName =
      switch kind {
      case .counter: name + "_total"
      case .info: name + "_info"
      case .gauge, .histogram: name
      }
    let isText = format == .text
    let title = isText ? sampleName : name
    // The older format has no such kind.
    let type = isText && kind == .info ? Kind.gauge : kind
    write("# HELP \(title) \(help)\n# TYPE \(title) \(type.rawValue)\n")
    if !isText, let unit { write("# UNIT \(title) \(unit)\n") }
  }

  package mutating func sample(_ value: Int, _ labels: Labels = [:]) { line(sampleName, labels, "\(value)") }

  package mutating func sample(_ value: Bool, _ labels: Labels = [:]) { sample(value ? 1 : 0, labels) }

  package mutating func sample(nanoseconds: Int, _ labels: Labels = [:]) {
    line(sampleName, labels, Self.seconds(nanoseconds))
  }

  package mutating func sample(_ reading: Histogram.Reading, _ labels: Labels = [:]) {
    var total = 0
    for (index, count) in reading.counts.enumerated() {
      total += count
      line(familyName + "_bucket", labels, le: reading.bounds.text(index), "\(total)")
    }
    line(familyName + "_sum", labels, reading.bounds.areTimes ? Self.seconds(reading.sum) : "\(reading.sum)")
    line(familyName + "_count", labels, "\(total)")
  }

  /// The page's last line, and the page.
  consuming func finished() -> [UInt8] {
    if format == .openMetrics { write("# EOF\n") }
    return bytes
  }

  private mutating func line(_ name: String, _ labels: Labels, le bound: String? = nil, _ value: String) {
    write(name)
    var separator = "{"
    for (key, value) in labels {
      write("\(separator)\(key)=\"")
      for byte in value.utf8 { append(escaping: byte) }
      write("\"")
      separator = ","
    }
    if let bound {
      write("\(separator)le=\"\(bound)\"")
      separator = ","
    }
    write("\(separator == "{" ? "" : "}") \(value)\n")
  }

  private mutating func append(escaping byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\\"): write("\\\\")
    case UInt8(ascii: "\""): write("\\\"")
    case UInt8(ascii: "\n"): write("\\n")
    default: bytes.append(byte)
    }
  }

  private mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Exact, since a float has no place for nine digits behind a long time.
  private static func seconds(_ nanoseconds: Int) -> String {
    let (whole, part) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let digits = String(part)
    return "\(whole).\(String(repeating: "0", count: max(0, 9 - digits.count)))\(digits)"
  }
}
