import Configuration
import Foundation
import Gateway

/// A directory of configuration files that goes away with the test.
final class Sandbox {
  let directory: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("convene-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let path = path(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  func load(_ name: String = "gateway.yaml") throws(ConfigurationErrors) -> GatewayConfiguration {
    try ConfigurationLoader.load(path: path(name), environment: Self.environment)
  }

  /// `line:column message` of each error, in order; none where it loads.
  func errors(_ name: String = "gateway.yaml") -> [String] {
    do {
      _ = try load(name)
      return []
    } catch {
      return error.errors.map { "\($0.line):\($0.column) \($0.message)" }
    }
  }

  /// Obviously fake.
  static let environment = ["TOKEN": "KEY-for-tests", "EMPTY": "", "CONTROL": "a\nb"]

  static let team = """
    version: 1
    team: support
    callers: [{name: dialer, unix_uid: 1000}]

    """

  static let gateway = """
    version: 1
    organization: example
    upstream: {tokens: [{env: TOKEN}]}
    teams: [teams/*.yaml]

    """

  /// The smallest good configuration, with more lines behind those of `gateway.yaml`.
  static func good(_ more: String = "", team moreOfTeam: String = "") throws -> Sandbox {
    let sandbox = try Sandbox()
    try sandbox.write("gateway.yaml", gateway + more)
    try sandbox.write("teams/support.yaml", team + moreOfTeam)
    return sandbox
  }
}

/// The project's files, wherever they were checked out.
enum Project {
  static let tests = (#filePath as NSString).deletingLastPathComponent
  static let fixtures = tests + "/Fixtures"
  static let root = ((tests as NSString).deletingLastPathComponent as NSString).deletingLastPathComponent

  static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  static func fixtures(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(fixtures)/\(folder)")) ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted()
  }
}
