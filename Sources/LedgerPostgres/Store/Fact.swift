internal import Gateway
internal import Ledger

/// What the database has of a command, as it was read, or as this transaction leaves it.
final class Fact {
  var command: StoredCommand
  var reply: StoredReply?
  var conferenceID: String?
  /// nil = not read, as it is done.
  var body: [UInt8]?
  var token: TokenDigest?

  init(_ command: StoredCommand, body: [UInt8]? = nil, token: TokenDigest? = nil) {
    self.command = command
    self.body = body
    self.token = token
  }
}
