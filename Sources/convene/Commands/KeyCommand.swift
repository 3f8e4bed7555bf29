internal import ArgumentParser
internal import Crypto

struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make keys for callers.", subcommands: [KeyNewCommand.self])
}

/// Prints a key once, and what goes into the team's file: the gateway itself never knows the key, only its digest.
struct KeyNewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Make a caller's key and print it, with the line for the team's file.",
    discussion: "The key is shown once and stored nowhere. The team's file gets its SHA-256 digest.")

  @Option(help: "The caller's name in the team's file.")
  var name = "my-service"

  func run() {
    let key = "convene_" + Randomness.bytes(32).hex
    StandardStream.output.writeLine(
      """
      key (give it to the caller, as its API key; it is not shown again):
        \(key)
      line for the team's file, under callers:
        - {name: \(name), key_sha256: "\(Digest.sha256(Array(key.utf8)).hex)"}
      """)
  }
}
