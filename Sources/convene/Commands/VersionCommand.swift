internal import ArgumentParser
internal import Upstream

struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

  func run() {
    StandardStream.output.writeLine("convene \(Convene.version) (\(Curl.version))")
  }
}
