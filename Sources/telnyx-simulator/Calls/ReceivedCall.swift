/// What the simulator notes of a call other than a create as it arrives.
struct ReceivedCall: Sendable {
  let fault: Fault
  /// Its number in the log.
  let number: Int
}
