internal import Gateway

extension FileReader {
  static let tracingKeys = ["otlp", "ratio", "headers", "ca_file"]
  /// Where a collector takes traces that names no path (opentelemetry-proto, docs/specification.md, "OTLP/HTTP Request").
  static let tracesPath = "/v1/traces"
  private static let mostHeaders = 16

  /// The settings, and where the value of each of the headers stands.
  func tracing(_ root: Section) -> (TracingSettings?, [Position]) {
    guard let section = root.section("tracing", known: Self.tracingKeys) else { return (nil, []) }
    let ratio = section["ratio"].flatMap { self.ratio($0, "tracing.ratio") }
    let caFile = section["ca_file"].flatMap { certificateFile($0, "tracing.ca_file") }
    let headers = section["headers"].map(tracingHeaders) ?? []
    guard let value = section.required("otlp"), let endpoint = tracingURL(value) else { return (nil, []) }
    var tracing = TracingSettings(endpoint: endpoint)
    tracing.ratio = ratio ?? tracing.ratio
    tracing.caFile = caFile
    tracing.headers = headers.map(\.header)
    if !headers.isEmpty, UpstreamURL.isInTheClear(endpoint) {
      diagnostics.warn(file, value.position, "tracing.otlp is http://: what tracing.headers name is sent in the clear")
    }
    return (tracing, headers.map(\.position))
  }

  private func tracingURL(_ value: YAMLValue) -> String? {
    guard let text = text(value, "tracing.otlp") else { return nil }
    do throws(UpstreamURL.Invalid) {
      let url = try UpstreamURL(text, mayBePlain: true)
      return url.hasPath ? url.text : url.text + Self.tracesPath
    } catch {
      report(value, "tracing.otlp \(error.message)")
      return nil
    }
  }

  /// A part of the whole: 0 to 1.
  private func ratio(_ value: YAMLValue, _ name: String) -> Double? {
    let number: Double? =
      switch value.content {
      case .integer(let integer): Double(integer)
      case .otherNumber: Double(value.text)
      default: nil
      }
    guard let number, (0...1).contains(number) else {
      report(value, "\(name) must be a number from 0 to 1, is \(value.noun)")
      return nil
    }
    return number
  }

  private func tracingHeaders(_ value: YAMLValue) -> [(header: TracingSettings.Header, position: Position)] {
    guard case .mapping(let members) = value.content else {
      report(value, "tracing.headers must be a mapping of names to where their values are, is \(value.noun)")
      return []
    }
    if members.count > Self.mostHeaders {
      report(value, "tracing.headers may have at most \(Self.mostHeaders) names")
    }
    var headers: [(header: TracingSettings.Header, position: Position)] = []
    for member in members where !member.isRepeated {
      let name = member.key.lowercased()
      if let fault = Self.fault(inHeader: name) {
        report(member.position, "tracing.headers: \(member.key.quoted) \(fault)")
      } else if headers.contains(where: { $0.header.name == name }) {
        report(member.position, "tracing.headers: \(member.key) stands here already")
      } else if let source = secretSource(member.value, "tracing.headers.\(member.key)", noun: "header's value") {
        headers.append((TracingSettings.Header(name: name, value: source), member.value.position))
      }
    }
    return headers
  }

  private static func fault(inHeader name: String) -> String? {
    if let fault = fault(inHeaderName: name) { return fault }
    let isOwn = ["connection", "content-length", "content-type", "expect", "host", "transfer-encoding"].contains(name)
    return isOwn ? "is said by the gateway itself" : nil
  }
}
