internal import ArgumentParser
internal import Glibc

/// The command line. Exit codes: 0 done, 1 it failed or the thing checked is not right, 2 the command line is wrong.
@main
struct Convene: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "convene",
    abstract: "A policy gateway for Telnyx's conference calls.",
    discussion: """
      Internal services call it instead of Telnyx. It checks each command against the organization's and the team's \
      policy, sends it with a token that callers never see, executes each command_id at most once, and puts every \
      decision on a durable record. Other conference calls than creates pass where the configuration lets them.
      """,
    version: VersionCommand.text,
    subcommands: [
      ServeCommand.self, CheckCommand.self, ExplainCommand.self, ErrorsCommand.self, AuditCommand.self,
      LedgerCommand.self, KeyCommand.self,
      HealthCommand.self, VersionCommand.self,
    ])

  static func main() {
    ProcessHardening.openStandardDescriptors()
    // Swift reads the command line from /proc. Without that there would be none, and none asks for help.
    guard !CommandLine.arguments.isEmpty else {
      StandardStream.error.writeLine("Error: the command line can't be read: is /proc mounted?")
      Glibc.exit(1)
    }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      // ArgumentParser's own code for a wrong command line is 64; ours is 2.
      let code = exitCode(for: error)
      let message = Self.quotingOnOneLine(fullMessage(for: error))
      if code == .validationFailure {
        StandardStream.error.writeLine(message)
        Glibc.exit(2)
      }
      if !message.isEmpty { (code.isSuccess ? StandardStream.output : .error).writeLine(message) }
      Glibc.exit(code.rawValue)
    }
  }

  /// An argument that a message quotes must not begin a line of its own in it.
  private static func quotingOnOneLine(_ message: String) -> String {
    CommandLine.arguments.filter { $0.utf8.contains(UInt8(ascii: "\n")) }.reduce(message) { message, argument in
      // Of an option the part before its value is quoted alone.
      [argument, String(argument.prefix { $0 != "=" })].reduce(message) { $0.replacing($1, with: $1.visible) }
    }
  }
}
