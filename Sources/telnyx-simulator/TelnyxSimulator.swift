import ArgumentParser
import CLinux
import Glibc
import JSON

/// Stands in for Telnyx's conference API over real sockets, and fails on demand.
@main
struct TelnyxSimulator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "telnyx-simulator",
    abstract: "Stands in for Telnyx's conference API: checks, remembers, and fails on demand.",
    discussion: """
      A fault SPEC is kind[=value][,kind[=value]...]. It comes from --fault, from PUT or POST /simulator/faults, or from
      a create's own header x-simulator-fault. The other conference calls meet those of /simulator/faults/actions and
      /simulator/faults/reads, or of their own header; GET /simulator/calls shows which of them were received.

      Not executed:   status=N redirect=URL close-before reset-before hang-before
      Executed, then: status-after=N garbage-body no-conference
                      close-after reset-after hang-after garbage cut=BYTES trickle=MS
                      long-length short-length no-length chunked close-idle
      With any:       delay=MS delay-after=MS early-hints header=NAME:VALUE retry-after=SECONDS

      So that the next create is executed and its reply lost, and the one after it meets no fault:
        curl -X POST http://127.0.0.1:12111/simulator/faults -d '["close-after"]'
      """)

  @Option(help: ArgumentHelp("Where to serve plain HTTP; port 0 is any free one.", valueName: "host:port"))
  var listen = ListenAddress.standard

  @Option(help: ArgumentHelp("Where to serve HTTPS as well.", valueName: "host:port"))
  var tlsListen: ListenAddress?

  @Option(help: "Where to write ca.pem, and the server key's pin.txt, for clients to verify with.")
  var tlsDirectory: String?

  @Option(help: "For how many seconds from now the server's certificate is valid; below zero it has ended.")
  var tlsSeconds = 30 * 86_400

  @Option(help: "A bearer token to accept. May be repeated. Without any: TELNYX_API_KEY, or KEY0000-simulator-only.")
  var token: [String] = []

  @Option(help: "How long a command_id is remembered; 0 is not at all.")
  var dedupeSeconds: UInt32 = 60

  @Option(help: "Creates a second before 429. (default: no limit)")
  var rate: UInt32?

  @Option(help: "The fault that every create meets.")
  var fault: String?

  @Option(help: "The name of a media file that exists. May be repeated.")
  var media: [String] = []

  func validate() throws {
    // Swift reads the command line from /proc: without that, no option would be seen.
    guard !CommandLine.arguments.isEmpty else {
      throw ValidationError("the command line can't be read: is /proc mounted?")
    }
    do throws(FaultSpecError) {
      _ = try fault.map { (spec) throws(FaultSpecError) in try NamedFault(spec) }
    } catch {
      throw ValidationError("--fault: \(error.description)")
    }
    if tlsListen != nil, tlsDirectory == nil {
      throw ValidationError("--tls-listen needs --tls-directory: without ca.pem no client can verify the server")
    }
  }

  func run() throws {
    // Threads inherit the mask, so these two reach nobody but the sigwait below.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    // OpenSSL writes with write(2), which has no flag against the signal.
    signal(SIGPIPE, SIG_IGN)

    let routes = Routes(simulator: try makeSimulator())
    var servers = [try Server(listen, nil, routes)]
    if let tlsListen, let tlsDirectory {
      servers.append(try Server(tlsListen, TLSContext(publishingTo: tlsDirectory, validFor: tlsSeconds), routes))
    }
    for server in servers {
      try server.start()
      announce(server)
    }
    var received: Int32 = 0
    sigwait(&signals, &received)
  }

  private func makeSimulator() throws -> Simulator {
    var settings = Settings(
      tokens: Set(token), dedupe: .seconds(Int64(dedupeSeconds)), rate: RateWindow(limit: rate.map { Int($0) }))
    if settings.tokens.isEmpty {
      settings.tokens = [getenv("TELNYX_API_KEY").map { String(cString: $0) } ?? "KEY0000-simulator-only"]
    }
    settings[faultsOf: .create].standing = try fault.map { try NamedFault($0) }
    return Simulator(settings, media: Set(media))
  }

  /// Straight to the descriptor, so that no buffer holds back what a test waits for.
  private func announce(_ server: Server) {
    let line: JSONValue = [
      "message": .string("listening"), "scheme": .string(server.scheme), "address": .string(server.address),
    ]
    let bytes = line.text + [UInt8(ascii: "\n")]
    _ = write(STDOUT_FILENO, bytes, bytes.count)
  }

  /// A wrong command line ends with 2, as it does with `convene`; the argument parser's own choice is 64.
  static func main() {
    // Or the first socket would be in the place of a standard descriptor that is closed, and get what is written there.
    guard convene_open_standard_descriptors() == 0 else { Glibc.exit(1) }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      let text = fullMessage(for: error) + "\n"
      _ = write(STDERR_FILENO, text, text.utf8.count)
      Glibc.exit(2)
    }
  }
}
