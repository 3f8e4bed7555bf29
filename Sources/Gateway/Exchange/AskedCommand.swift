/// A command that policy allowed, from when the ledger is asked about it: all that is kept of its request. Nothing is kept
/// of the request's body and little of its head, since a thousand may wait.
final class AskedCommand {
  let decided: DecidedCommand
  /// In which order to try the tokens, by their numbers.
  let tokens: [Int]
  /// The first of them, as the ledger knows it.
  let token: TokenDigest
  /// What goes along to Telnyx.
  let forwardedFields: HeaderFields
  /// What is known of the request, for the record.
  let audit: AuditedRequest
  /// Under which it is known. The ledger may say that it is a command which an earlier request sent under another id.
  var commandID: String
  /// How the limits stood when the ledger counted it; empty where it did not.
  var limits: [LimitStatus] = []

  init(
    _ decided: DecidedCommand, tokens: [Int], token: TokenDigest, forwardedFields: HeaderFields, audit: AuditedRequest
  ) {
    self.decided = decided
    self.tokens = tokens
    self.token = token
    self.forwardedFields = forwardedFields
    self.audit = audit
    commandID = decided.commandID
  }
}
