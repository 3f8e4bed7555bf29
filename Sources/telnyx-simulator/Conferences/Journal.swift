/// What has happened, for a test to compare with what the gateway says has happened.
struct Journal: Sendable {
  /// One `JournalRow` for each executed create, in order, as text: a load test leaves hundreds of thousands.
  var executed: [[UInt8]] = []
  /// Creates that were not executed because their command had been.
  var duplicates = 0

  /// - Parameters:
  ///   - start: how many of the executed creates to leave out.
  ///   - requests: calls to the API; those to the simulator itself don't count.
  ///   - createsReceived: creates whose head arrived, whatever became of them.
  func text(since start: Int, requests: Int, createsReceived: Int) -> [UInt8] {
    var text = Array(#"{"executed":["#.utf8)
    for (offset, row) in executed.dropFirst(start).enumerated() {
      if offset > 0 { text.append(UInt8(ascii: ",")) }
      text += row
    }
    let counts = #"],"duplicates":\#(duplicates),"requests":\#(requests),"creates_received":\#(createsReceived)}"#
    return text + Array(counts.utf8)
  }
}
