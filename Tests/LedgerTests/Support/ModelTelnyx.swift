import Gateway

/// As much of Telnyx as the promises rest on: it executes a command once, and knows its id again for a minute.
struct ModelTelnyx {
  private struct Execution {
    let conference: Int
    let at: Int
  }

  private struct Delivery {
    let commandID: String
    let leaves: Int
    let arrives: Int
  }

  private static let memory = 60

  private var executions: [String: [Execution]] = [:]
  private var onTheWay: [Delivery] = []
  private var count = 0

  func executed(_ commandID: String) -> Int { executions[commandID]?.count ?? 0 }

  /// What a look-up finds.
  func conference(of commandID: String) -> UpstreamReply? {
    executions[commandID]?.last.map { Self.reply($0.conference) }
  }

  // Times are seconds, by a clock that nobody sets.

  mutating func send(_ commandID: String, leaves: Int, arrives: Int) {
    onTheWay.append(Delivery(commandID: commandID, leaves: leaves, arrives: arrives))
  }

  /// All that arrives by then does, in its order.
  mutating func advance(to time: Int) {
    let arrived = onTheWay.filter { $0.arrives <= time }.sorted { $0.arrives < $1.arrives }
    onTheWay.removeAll { $0.arrives <= time }
    for delivery in arrived { execute(delivery.commandID, at: delivery.arrives) }
  }

  /// The sender dies: what has not left never will.
  mutating func senderDies(at time: Int) { onTheWay.removeAll { $0.leaves > time } }

  /// One of a command that has not left yet does not leave.
  mutating func withdraw(_ commandID: String, after time: Int) {
    onTheWay.removeAll { $0.commandID.utf8.elementsEqual(commandID.utf8) && $0.leaves > time }
  }

  private mutating func execute(_ commandID: String, at time: Int) {
    if let known = executions[commandID]?.last, time - known.at <= Self.memory { return }
    count += 1
    executions[commandID, default: []].append(Execution(conference: count, at: time))
  }

  private static func reply(_ conference: Int) -> UpstreamReply {
    UpstreamReply(status: 200, fields: [:], body: Array(#"{"data":{"id":"\#(conference)"}}"#.utf8))
  }
}
