internal import ArgumentParser
internal import Upstream

struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

  static let text = "convene \(Convene.version) (\(Curl.version))"

  func run() { StandardStream.output.writeLine(Self.text) }
}
