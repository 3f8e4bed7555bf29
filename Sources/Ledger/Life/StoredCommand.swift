package import EventLoop

/// What the ledger knows of a command, but for its bytes.
package struct StoredCommand: Sendable, Equatable {
  /// As in the column `state`, but for `done`, which is the row in `outcomes`.
  package enum State: Int64, Sendable {
    /// The intent is durable; an exchange is sending it.
    case sending = 1
    /// Executed, and the reply is known.
    case done = 2
    /// Sent, and nobody knows what became of it.
    case unknown = 3
  }

  /// The row.
  package var id: Int64
  package var commandID: String
  package var team: String
  package var caller: String
  package var fingerprint: [UInt8]
  package var isKeyless: Bool
  package var state: State
  package var firstSent: DualClockInstant
  package var settled: WallTime?
  /// Where several replicas share the ledger: whose it is.
  package var holder = Holder()

  package init(
    id: Int64, commandID: String, team: String, caller: String, fingerprint: [UInt8], isKeyless: Bool, state: State,
    firstSent: DualClockInstant, settled: WallTime? = nil
  ) {
    self.id = id
    self.commandID = commandID
    self.team = team
    self.caller = caller
    self.fingerprint = fingerprint
    self.isKeyless = isKeyless
    self.state = state
    self.firstSent = firstSent
    self.settled = settled
  }

  /// Who may say that a command was not executed, or that nobody knows.
  package struct Holder: Sendable, Equatable {
    package var writer: Int64 = 0
    /// How many have held it.
    package var attempt: Int32 = 1
    /// It is another replica's, which lives.
    package var isElsewhere = false

    package init() {}

    package init(writer: Int64, attempt: Int32, isElsewhere: Bool = false) {
      self.writer = writer
      self.attempt = attempt
      self.isElsewhere = isElsewhere
    }
  }

  /// Whether another replica is sending it.
  var isSentElsewhere: Bool { holder.isElsewhere && state == .sending }

  /// When it was settled, as far as two clocks can tell: of the machine's own only the first send is known, which was
  /// before.
  var settledMoment: DualClockInstant? {
    settled.map { DualClockInstant(wall: $0, boot: firstSent.boot, sinceBoot: firstSent.sinceBoot) }
  }
}
