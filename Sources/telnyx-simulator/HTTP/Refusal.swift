/// Why a call is not executed, and what its caller is told.
struct Refusal: Error {
  let status: Int
  let errors: [TelnyxError]

  init(_ status: Int, _ errors: [TelnyxError]) {
    self.status = status
    self.errors = errors
  }

  var response: Response { .errors(status, errors) }

  static let unauthenticated = Refusal(401, [TelnyxError(.authenticationFailed, "The API key looks wrong.")])
  static let noConference = Refusal(404, [TelnyxError(.notFound, "There is no such conference.")])
  static let noParticipant = Refusal(404, [TelnyxError(.notFound, "There is no such participant.")])
}
