internal import ArgumentParser
internal import Configuration
internal import Crypto

struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make keys.", subcommands: [KeyNewCommand.self])
}

/// Prints a key once, and what goes into the team's file: the gateway itself never knows the key, only its digest.
struct KeyNewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a caller's key, or a signing key, and print it with its lines for the configuration.",
    discussion: """
      The key is shown once and stored nowhere. The team's file gets the SHA-256 digest of a caller's key. A signing key \
      (Ed25519) signs checkpoints of the audit; the gateway reads it from an environment variable or a file, and whoever \
      verifies needs its public key alone.
      """)

  @Option(help: "The caller's name in the team's file.")
  var name = "my-service"

  @Flag(help: "A key that signs the audit's checkpoints, instead of a caller's.")
  var signing = false

  func validate() throws {
    guard name.isIdentifier else { throw ValidationError("--name must be \(String.identifierForm)") }
  }

  func run() {
    if signing { return printSigningKey() }
    let key = "convene_" + Randomness.bytes(32).hex
    StandardStream.output.writeLine(
      """
      key (give it to the caller, as its API key; it is not shown again):
        \(key)
      line for the team's file, under callers:
        - {name: \(name), key_sha256: "\(Digest.sha256(Array(key.utf8)).hex)"}
      """)
  }

  private func printSigningKey() {
    let key = SigningKey.generate()
    StandardStream.output.writeLine(
      """
      private key (for the gateway alone; it is not shown again):
        \(key.seed.reveal().base64)
      public key \(key.publicKey.name) (for `convene audit verify --public-key`):
        \(key.publicKey.bytes.base64)
      lines for gateway.yaml, with the private key in that variable, or file: PATH instead of env: NAME:
        audit:
          checkpoint: {key: {env: CONVENE_SIGNING_KEY}, every: 1000, interval: 60s}
      """)
  }
}
