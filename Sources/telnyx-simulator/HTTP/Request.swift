/// One whole request.
struct Request: Sendable {
  let head: RequestHead
  let body: [UInt8]
  /// When the head had arrived.
  let arrival: Timestamp
}
