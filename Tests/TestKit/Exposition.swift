/// A page of metrics, read strictly: whatever breaks a rule of its format is an error that says which line.
///
/// The rules are those of prometheus.io, "Exposition formats", and of OpenMetrics 1.0.
package struct Exposition: Sendable {
  package struct Sample: Sendable {
    package let name: String
    package let labels: [String: String]
    package let value: Double
  }

  package struct Family: Sendable {
    package let name: String
    package fileprivate(set) var kind = ""
    package fileprivate(set) var help = ""
    package fileprivate(set) var unit: String?
    package fileprivate(set) var samples: [Sample] = []
  }

  package private(set) var families: [Family] = []
  private let isOpenMetrics: Bool

  package init(_ text: String, isOpenMetrics: Bool) throws {
    self.isOpenMetrics = isOpenMetrics
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.popLast() == "" else { throw Failure("the last line has no end") }
    if isOpenMetrics { guard lines.popLast() == "# EOF" else { throw Failure("there is no # EOF") } }
    for line in lines {
      do {
        try read(line)
      } catch {
        throw Failure("\(error): \(line)")
      }
    }
    for family in families { try check(family) }
  }

  package subscript(family: String) -> Family? { families.first { $0.name == family } }

  /// All samples of that name, with these labels at least.
  package func samples(_ name: String, _ labels: [String: String] = [:]) -> [Sample] {
    families.flatMap(\.samples).filter { sample in
      sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
    }
  }

  /// Their sum; nil where there is none.
  package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    let samples = samples(name, labels)
    return samples.isEmpty ? nil : samples.reduce(0) { $0 + $1.value }
  }

  // MARK: Reading

  private mutating func read(_ line: Substring) throws {
    guard line.hasPrefix("#") else { return try add(Self.sample(line)) }
    let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0] == "#" else { throw Failure("not a comment that means anything") }
    if families.last?.name != parts[2] {
      guard !families.contains(where: { $0.name == parts[2] }) else { throw Failure("a family in two pieces") }
      families.append(Family(name: parts[2]))
    }
    let last = families.count - 1
    guard families[last].samples.isEmpty else { throw Failure("it comes behind samples") }
    switch parts[1] {
    case "HELP": families[last].help = parts[3]
    case "TYPE": families[last].kind = parts[3]
    case "UNIT" where isOpenMetrics: families[last].unit = parts[3]
    default: throw Failure("not known in this format")
    }
  }

  private mutating func add(_ sample: Sample) throws {
    guard let family = families.last else { throw Failure("a sample of no family") }
    let suffixes =
      switch (family.kind, isOpenMetrics) {
      case ("histogram", _): ["_bucket", "_sum", "_count"]
      case ("counter", true): ["_total"]
      case ("info", true): ["_info"]
      default: [""]
      }
    guard suffixes.contains(where: { sample.name == family.name + $0 }) else {
      throw Failure("a sample of another family than \(family.name)")
    }
    guard !family.samples.contains(where: { $0.name == sample.name && $0.labels == sample.labels }) else {
      throw Failure("a sample that is there already")
    }
    families[families.count - 1].samples.append(sample)
  }

  private static func sample(_ line: Substring) throws -> Sample {
    guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)/),
      let value = Double(match.output.3.replacing("+Inf", with: "inf"))
    else { throw Failure("not a sample") }
    var labels: [String: String] = [:]
    var rest = match.output.2 ?? ""
    while !rest.isEmpty {
      guard let label = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,|$)/) else {
        throw Failure("not a label: \(rest)")
      }
      guard labels.updateValue(unescaped(label.output.2), forKey: String(label.output.1)) == nil else {
        throw Failure("a label twice")
      }
      rest = rest[label.range.upperBound...]
    }
    return Sample(name: String(match.output.1), labels: labels, value: value)
  }

  private static func unescaped(_ text: Substring) -> String {
    var plain = ""
    var isEscaped = false
    for character in text {
      if character == "\\", !isEscaped {
        isEscaped = true
      } else {
        plain.append(isEscaped && character == "n" ? "\n" : character)
        isEscaped = false
      }
    }
    return plain
  }

  // MARK: Checking

  private func check(_ family: Family) throws {
    func fail(_ reason: String) -> Failure { Failure("\(family.name): \(reason)") }
    let kinds = ["counter", "gauge", "histogram"] + (isOpenMetrics ? ["info"] : [])
    guard kinds.contains(family.kind) else { throw fail("the kind \(family.kind)") }
    guard !family.help.isEmpty else { throw fail("no help") }
    guard family.kind != "counter" || family.name.hasSuffix("_total") != isOpenMetrics else { throw fail("its name") }
    if let unit = family.unit { guard family.name.hasSuffix("_\(unit)") else { throw fail("not in \(unit)") } }
    if isOpenMetrics {
      // Whoever reads a name must know in what it is told.
      for unit in ["seconds", "bytes"] where family.name.hasSuffix("_\(unit)") {
        guard family.unit == unit else { throw fail("no unit") }
      }
    }
    if family.kind == "counter" { guard family.samples.allSatisfy({ $0.value >= 0 }) else { throw fail("below 0") } }
    if family.kind == "histogram" { try checkHistogram(family) }
  }

  private func checkHistogram(_ family: Family) throws {
    func others(_ sample: Sample) -> [String: String] { sample.labels.filter { $0.key != "le" } }
    let buckets = Dictionary(grouping: family.samples.filter { $0.name.hasSuffix("_bucket") }, by: others)
    guard !buckets.isEmpty else { throw Failure("\(family.name): no buckets") }
    for (labels, samples) in buckets {
      let bounds = samples.compactMap { $0.labels["le"].flatMap { Double($0.replacing("+Inf", with: "inf")) } }
      let counts = samples.map(\.value)
      guard bounds.count == samples.count, bounds == bounds.sorted(), bounds.last == .infinity,
        Set(bounds).count == bounds.count
      else { throw Failure("\(family.name): bounds \(bounds)") }
      // A float's shortest form, in both formats: else the same series would have two names.
      guard samples.allSatisfy({ $0.labels["le"]?.contains(/^(\+Inf|[0-9]+\.[0-9]+)$/) == true }) else {
        throw Failure("\(family.name): the form of a bound")
      }
      guard counts == counts.sorted(), let last = counts.last, value(family.name + "_count", labels) == last,
        let sum = value(family.name + "_sum", labels), (sum > 0) || last == 0 || labels["decision"] != nil
      else { throw Failure("\(family.name): counts \(counts)") }
    }
  }
}
