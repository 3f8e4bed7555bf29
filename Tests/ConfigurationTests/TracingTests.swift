import Configuration
import Crypto
import Gateway
import Testing

@Suite("Tracing's settings")
struct TracingTests {
  @Test("are none where nothing is said, and have defaults where little is")
  func defaults() throws {
    #expect(try Sandbox.good().load().tracing == nil)
    let tracing = try #require(try Sandbox.good("tracing: {otlp: \"http://127.0.0.1:4318\"}\n").load().tracing)
    #expect(tracing == TracingSettings(endpoint: "http://127.0.0.1:4318/v1/traces"))
    #expect(tracing.ratio == 0.01)
  }

  @Test("are read, with headers whose values stand elsewhere")
  func everything() throws {
    let sandbox = try Sandbox.good(
      """
      tracing:
        otlp: https://collector.example:4318/custom/path/
        ratio: 0.5
        ca_file: ca.pem
        headers: {Authorization: {file: header}, x-key: {env: TOKEN}}

      """)
    try sandbox.write("ca.pem", "-----BEGIN CERTIFICATE-----\n")
    try sandbox.write("header", "Bearer of-a-test\n")
    let configuration = try sandbox.load()
    let tracing = try #require(configuration.tracing)
    #expect(tracing.endpoint == "https://collector.example:4318/custom/path" && tracing.ratio == 0.5)
    #expect(tracing.caFile == sandbox.path("ca.pem"))
    #expect(tracing.headers.map(\.name) == ["authorization", "x-key"])
    let values = try tracing.headers.map {
      String(decoding: try $0.resolve(environment: Sandbox.environment).reveal(), as: UTF8.self)
    }
    #expect(values == ["Bearer of-a-test", Sandbox.environment["TOKEN"]])
    #expect(configuration.otherFiles.contains(sandbox.path("header")) && configuration.warnings == [])
  }

  @Test(
    "take a part of the whole in any of its spellings",
    arguments: [("0", 0), ("1", 1), ("0.0", 0), ("1.0", 1), ("0.001", 0.001), ("1e-3", 0.001), (".5", 0.5)])
  func ratio(text: String, ratio: Double) throws {
    #expect(try Sandbox.good("tracing: {otlp: \"http://h\", ratio: \(text)}\n").load().tracing?.ratio == ratio)
  }

  @Test(
    "refuse what is no part of the whole",
    arguments: ["-0.1", "1.01", "2", ".nan", ".inf", "\"0.5\"", "half", "true", "[]", ""])
  func noRatio(text: String) throws {
    let errors = try Sandbox.good("tracing: {otlp: \"http://h\", ratio: \(text)}\n").errors()
    #expect(errors.count == 1 && errors[0].contains("tracing.ratio must be a number from 0 to 1"), "\(errors)")
  }

  @Test(
    "refuse what is no URL of a collector",
    arguments: [
      "h:4318", "ftp://h", "http://", "http://h:0", "http://h/x?y=1", "http://h/#x", "http://u@h", "http://h/a b",
      "//h", "http://127.1/",
    ])
  func noURL(url: String) throws {
    let errors = try Sandbox.good("tracing: {otlp: \"\(url)\"}\n").errors()
    #expect(errors.count == 1 && errors[0].contains("tracing.otlp "), "\(errors)")
  }

  @Test(
    "tell of a header's value that isn't there, and never what it is",
    arguments: ["{env: UNSET}", "{env: EMPTY}", "{env: CONTROL}", "{file: none}", "{env: A, file: b}", "x", "[]"])
  func noValue(source: String) throws {
    let errors = try Sandbox.good("tracing: {otlp: \"http://h\", headers: {x-key: \(source)}}\n").errors()
    #expect(errors.count == 1 && errors[0].contains("tracing.headers.x-key"), "\(errors)")
  }

  @Test("warn of values that would be sent in the clear to another machine", arguments: [true, false])
  func inTheClear(isLocal: Bool) throws {
    let sandbox = try Sandbox.good(
      "tracing: {otlp: \"http://\(isLocal ? "127.0.0.1" : "h.example")\", headers: {x-key: {env: TOKEN}}}\n")
    let warnings = try sandbox.load().warnings
    #expect(warnings.count == (isLocal ? 0 : 1) && warnings.allSatisfy { $0.contains("in the clear") })
  }

  @Test("change by reload in their ratio alone")
  func restart() throws {
    func load(_ more: String) throws -> GatewayConfiguration { try Sandbox.good(more).load() }
    let (none, first) = (try load(""), try load("tracing: {otlp: \"http://h\"}\n"))
    let loaded = try load("tracing: {otlp: \"http://h\", ratio: 1, headers: {x: {env: TOKEN}}}\n")
    #expect(first.restartNeeded(for: try load("tracing: {otlp: \"http://h\", ratio: 1}\n")) == [])
    #expect(first.restartNeeded(for: none) == ["tracing.otlp"] && none.restartNeeded(for: first) == ["tracing.otlp"])
    #expect(first.restartNeeded(for: loaded) == ["tracing.headers"])
    #expect(GatewaySnapshot(none).sampling == .none && GatewaySnapshot(loaded).sampling == SamplingRatio(1))
  }
}
