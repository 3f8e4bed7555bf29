/// Which of the ledger's calls fails, and how.
struct ErrorPoint: Sendable, CustomStringConvertible {
  let scenario: Int
  let call: String
  let number: Int
  let error: String
  let persists: Bool

  /// As `--only` takes it.
  var description: String { "\(scenario)/\(call)/\(number)/\(error)/\(persists ? "on" : "once")" }

  init(scenario: Int, _ call: String, _ number: Int, _ error: String, persists: Bool) {
    self.scenario = scenario
    self.call = call
    self.number = number
    self.error = error
    self.persists = persists
  }

  /// Whether a gateway must end after this failure, whatever it was doing. After a sync that failed nothing can be trusted,
  /// even if another one says yes. Of the others, a full disk passes, the log's index need not grow and no file need be cut;
  /// and SQLite doesn't look whether a directory could be synced (os_unix.c, `unixSync`).
  ///
  /// - Parameter failure: its line in the trace, which names the file.
  func isFatal(_ failure: some StringProtocol) -> Bool {
    guard failure.contains("/ledger.db"), !failure.contains("-shm>") else { return false }
    return call == "fdatasync" || (call == "pwrite64" && error == "EIO")
  }

  init?(_ text: String) {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 5, let scenario = Int(parts[0]), let number = Int(parts[2]) else { return nil }
    self.init(scenario: scenario, parts[1], number, parts[3], persists: parts[4] == "on")
  }
}
