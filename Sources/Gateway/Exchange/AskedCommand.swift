/// A command from when the ledger is asked about it: all that is kept of its request. Nothing is kept of the request's body and
/// little of its head, since a thousand may wait.
final class AskedCommand {
  let decoded: DecodedCommand
  /// nil where policy forbids it: then it isn't sent, but may have been.
  let decided: DecidedCommand?
  let forbidden: ForbiddenCommand?
  /// The request's own.
  let ownCommandID: String
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

  /// One that policy allowed.
  convenience init(
    _ decided: DecidedCommand, tokens: [Int], token: TokenDigest, forwardedFields: HeaderFields, audit: AuditedRequest
  ) {
    self.init(
      decided.decoded, decided, nil, commandID: decided.commandID, tokens: tokens, token: token,
      forwardedFields: forwardedFields, audit: audit)
  }

  /// One that policy forbids.
  convenience init(
    _ decoded: DecodedCommand, _ forbidden: ForbiddenCommand, tokens: [Int], token: TokenDigest,
    forwardedFields: HeaderFields, audit: AuditedRequest
  ) {
    self.init(
      decoded, nil, forbidden, commandID: decoded.makeCommandID(), tokens: tokens, token: token,
      forwardedFields: forwardedFields, audit: audit)
  }

  private init(
    _ decoded: DecodedCommand, _ decided: DecidedCommand?, _ forbidden: ForbiddenCommand?, commandID: String,
    tokens: [Int], token: TokenDigest, forwardedFields: HeaderFields, audit: AuditedRequest
  ) {
    self.decoded = decoded
    self.decided = decided
    self.forbidden = forbidden
    self.tokens = tokens
    self.token = token
    self.forwardedFields = forwardedFields
    self.audit = audit
    ownCommandID = commandID
    self.commandID = commandID
  }
}
