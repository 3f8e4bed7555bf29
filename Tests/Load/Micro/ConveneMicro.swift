import ArgumentParser
import Configuration

@main
struct ConveneMicro: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convene-micro",
    abstract: "Measures what the pure parts of a request cost, and counts what they allocate.",
    discussion: """
      Of the benchmark's own request, under the policy of a configuration's first team: CPU time of an operation (the \
      median of several rounds), how often it asks malloc for memory, and for how many bytes.

      Exits with 1 where an operation allocates more than Tests/Load/Micro/Allowance.swift allows, or keeps what it \
      allocated. Times are printed and never judged: they are the machine's.

      decode          the body's JSON, as a command
      fingerprint     the command's text without its id, and SHA-256 of that
      find-id         the conference's id in Telnyx's reply
      decide          policy allows the command, and changes two fields
      decide-refused  policy refuses a conference of 300 minutes
      write-body      the body to send
      gcra            one limit: charged, and how it stands then
      sha256-768      SHA-256 of 768 bytes
      record-fields   what an audit record says of the command's fields
      chain           one audit record more on the chain
      hmac            the keyed hash from which a token's pseudonym is made
      uuid            a random name
      """)

  @Option(
    name: .customLong("only"),
    help: ArgumentHelp("An operation to measure, by its name in the table; may be given again.", valueName: "name"))
  var names: [String] = []

  @Option(help: ArgumentHelp("The configuration whose policy decides.", valueName: "path"))
  var config = "config/gateway.yaml"

  func validate() throws {
    #if DEBUG
      throw ValidationError("a debug build allocates what a release build doesn't: build with -c release")
    #endif
  }

  func run() throws {
    guard AllocationCount.isComplete else {
      throw Complaint("malloc is called past the count: nothing can be said of this build")
    }
    let configuration = try ConfigurationLoader.load(path: config, environment: [:], checksSecrets: false)
    let operations = Operation.all(try Material(configuration))
    for name in names where !operations.contains(where: { $0.name == name }) {
      throw ValidationError("'\(name)' is none of \(operations.map(\.name).joined(separator: ", "))")
    }
    let rows = try operations.filter { names.isEmpty || names.contains($0.name) }.map(Row.init)
    print(Row.table(rows))
    for verdict in rows.flatMap(\.verdicts) { print(verdict.text) }
    if rows.contains(where: { $0.verdicts.contains(where: \.isFailure) }) { throw ExitCode.failure }
  }
}
