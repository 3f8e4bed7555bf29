internal import ArgumentParser
internal import Configuration
internal import Gateway
internal import Upstream

/// For probes that run a program: an image without a shell has no other.
struct HealthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health", abstract: "Ask the gateway that runs here whether it is well.",
    discussion: """
      Asks at the address that the configuration has under admin, says what the answer is, and exits 0 where it is well and 1 \
      where it isn't or doesn't answer. Of the configuration nothing but that address is read: while it is being changed, the \
      gateway is as well as before.
      """)

  /// Below the time that Docker's own probe has by default, so that what is said is this.
  private static let limit: Duration = .seconds(4)

  @OptionGroup var configuration: ConfigurationOption

  @Flag(help: "Whether it takes requests now, too: not while it stops.")
  var ready = false

  @Option(help: ArgumentHelp("Ask here, and read no configuration.", valueName: "127.0.0.1:9090"))
  var admin: AdminAddress?

  func run() throws {
    let address: ListenAddress
    do throws(ConfigurationErrors) {
      if let admin {
        address = admin.address
      } else {
        address = try ConfigurationLoader.adminAddress(path: configuration.resolvedPath)
      }
    } catch {
      StandardStream.error.writeLine(error.description)
      throw ExitCode.failure
    }
    let word = ready ? "ready" : "healthy"
    let answer: AdminQuestion.Answer
    do throws(TransportFailure) {
      answer = try AdminQuestion.ask(ready ? "/ready" : "/health", at: address, within: Self.limit)
    } catch {
      StandardStream.error.writeLine("not \(word): no answer from \(address): \(error.detail)")
      throw ExitCode.failure
    }
    let text = String(
      decoding: answer.body.last == UInt8(ascii: "\n") ? answer.body.dropLast() : answer.body[...], as: UTF8.self)
    guard answer.status == 200 else {
      StandardStream.error.writeLine("not \(word): \(address) answers \(answer.status): \(text)")
      throw ExitCode.failure
    }
    StandardStream.output.writeLine(text)
  }
}

/// The address of an admin listener on the command line.
struct AdminAddress: ExpressibleByArgument {
  let address: ListenAddress

  init?(argument: String) {
    if argument.utf8.starts(with: "unix:".utf8), argument.utf8.count > 5 {
      address = .unix(path: String(argument.dropFirst(5)))
    } else if let endpoint = ListenAddress(endpoint: argument) {
      address = endpoint
    } else {
      return nil
    }
  }
}
