import EventLoop
import Gateway

/// As much of Telnyx as the promises rest on: it executes a command once, knows its id again for a minute, and lists what it
/// has made, by a clock and with names and pages of its own.
struct ModelTelnyx {
  struct Conference {
    let number: Int
    let commandID: String
    let name: String
    /// By the clock that nobody sets.
    let at: Int
    /// By Telnyx's.
    let created: WallTime
  }

  private struct Delivery {
    let commandID: String
    let name: String
    let leaves: Int
    let arrives: Int
  }

  private static let memory = 60

  /// When `time` 0 is.
  let start: WallTime
  /// Seconds by which its clock is ahead.
  var ahead = 0
  /// In which form a name is stored.
  var form: (String) -> String = { $0 }
  var pageSize = 250
  private(set) var made: [Conference] = []
  private var onTheWay: [Delivery] = []

  init(start: WallTime) { self.start = start }

  func executed(_ commandID: String) -> Int { made.count { $0.commandID.utf8.elementsEqual(commandID.utf8) } }

  /// What a command has made.
  func conference(of commandID: String) -> UpstreamReply? {
    made.last { $0.commandID.utf8.elementsEqual(commandID.utf8) }.map(\.reply)
  }

  // Times are seconds, by a clock that nobody sets.

  mutating func send(_ commandID: String, name: String, leaves: Int, arrives: Int) {
    onTheWay.append(Delivery(commandID: commandID, name: name, leaves: leaves, arrives: arrives))
  }

  /// All that arrives by then does, in its order.
  mutating func advance(to time: Int) {
    let arrived = onTheWay.filter { $0.arrives <= time }.sorted { $0.arrives < $1.arrives }
    onTheWay.removeAll { $0.arrives <= time }
    for delivery in arrived { execute(delivery) }
  }

  /// The sender dies: what has not left never will.
  mutating func senderDies(at time: Int) { onTheWay.removeAll { $0.leaves > time } }

  /// One of a command that has not left yet does not leave.
  mutating func withdraw(_ commandID: String, after time: Int) {
    onTheWay.removeAll { $0.commandID.utf8.elementsEqual(commandID.utf8) && $0.leaves > time }
  }

  func now(_ time: Int) -> WallTime { start + .seconds(time + ahead) }

  private mutating func execute(_ delivery: Delivery) {
    let known = made.last { $0.commandID.utf8.elementsEqual(delivery.commandID.utf8) }
    if let known, delivery.arrives - known.at <= Self.memory { return }
    made.append(
      Conference(
        number: made.count + 1, commandID: delivery.commandID, name: form(delivery.name), at: delivery.arrives,
        created: now(delivery.arrives)))
  }
}

extension ModelTelnyx.Conference {
  var reply: UpstreamReply {
    UpstreamReply(status: 200, fields: [:], body: Array(#"{"data":{"id":"\#(number)"}}"#.utf8))
  }
}
