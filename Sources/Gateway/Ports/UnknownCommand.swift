package import EventLoop

/// A command that was sent and of which nobody knows what became.
package struct UnknownCommand: Sendable, Equatable {
  package let commandID: String
  /// The bytes that were sent.
  package let body: [UInt8]
  /// By this machine's calendar; where that was set since, rather too early than too late.
  package let firstSent: WallTime
  /// How long ago it was first sent, by the clock that nobody can set; nil where the machine was started anew since.
  package let age: Duration?
  /// A send of it may still be on its way to Telnyx: that it isn't there proves nothing yet.
  package let mayStillArrive: Bool
  /// Conferences of its name that other commands have.
  package let others: Set<String>
  /// With which it was sent: what Telnyx shows to others proves nothing, and to them it may be a new command. nil = nobody
  /// knows.
  package let token: TokenDigest?

  package init(
    commandID: String, body: [UInt8], firstSent: WallTime, age: Duration? = nil, mayStillArrive: Bool,
    others: Set<String> = [], token: TokenDigest? = nil
  ) {
    self.commandID = commandID
    self.body = body
    self.firstSent = firstSent
    self.age = age
    self.mayStillArrive = mayStillArrive
    self.others = others
    self.token = token
  }
}

/// What a look-up at Telnyx has shown of such a command.
package struct Resolution: Sendable {
  package enum Finding: Sendable, Equatable {
    /// It was executed; every repeat gets this reply. Unless the conference is another command's: then as `unclear`.
    case found(conferenceID: String, reply: StoredReply)
    /// It was not executed: forgotten, and whoever waits for it may ask anew.
    case absent
    /// Nobody can tell: it stays unknown.
    case unclear
  }

  package let commandID: String
  package let finding: Finding
  /// Of the caller's repeat that was the reason to look; nil where there was none.
  package let audit: AuditedRequest?

  package init(commandID: String, finding: Finding, audit: AuditedRequest?) {
    self.commandID = commandID
    self.finding = finding
    self.audit = audit
  }
}
