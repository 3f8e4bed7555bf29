internal import ArgumentParser
internal import Audit
internal import Glibc
internal import JSON

struct AuditTailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail", abstract: "Print the newest audit records as JSON lines, and follow what comes.",
    discussion: """
      Ends with exit code 0 on Ctrl-C, on SIGTERM, and when nobody reads any more. What a terminal could obey and what is \
      invisible is escaped, as it is in every record that this version writes; one of an earlier version is then \
      no longer what was hashed: verify what `audit export` writes.
      """)

  /// Between two looks at the ledger.
  private static let interval: UInt32 = 500_000  // microseconds

  @OptionGroup var ledger: LedgerOption
  @OptionGroup var records: RecordOptions

  @Flag(name: .shortAndLong, help: "Go on with every record that is written.")
  var follow = false

  @Option(name: [.customShort("n"), .long], help: "How many of those that are there: 10, or with --after-seq all.")
  var lines: Int?

  func validate() throws {
    guard lines.map({ (0...1_000_000).contains($0) }) ?? true else {
      throw ValidationError("--lines must be 0 to 1000000")
    }
  }

  func run() throws {
    endOnSignals()
    try reporting {
      let resolved = try ledger.resolve()
      let ledger = try resolved.open()
      var filter = try records.filter(resolved, ledger)
      filter.includesCheckpoints = true
      var output = BufferedOutput()
      var follower = try ledger.records.follower(filter)
      try follower.past(lines ?? (filter.after == nil ? 10 : nil)) { records in
        for record in records { try output.write(record.namedLine.withSeenText) }
      }
      try output.flush()
      while follow {
        usleep(Self.interval)
        let hasNews = try follower.next { records in
          for record in records { try output.write(record.namedLine.withSeenText) }
        }
        // Nothing tells a program that writes nothing that its reader is gone, but this.
        if !hasNews, Self.isReaderGone { return }
        try output.flush()
      }
    }
  }

  private func endOnSignals() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] {
      Glibc.signal(signal) { _ in _exit(0) }
      sigaddset(&signals, signal)
    }
    // Whoever started this may have had them blocked, and that is inherited.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static var isReaderGone: Bool {
    var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&output, 1, 0) > 0 && output.revents & Int16(POLLERR) != 0
  }
}
