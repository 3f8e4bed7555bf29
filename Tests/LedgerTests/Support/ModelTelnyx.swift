import Gateway

/// As much of Telnyx as the promises rest on: it executes a command once, and knows its id again for a minute.
struct ModelTelnyx {
  private struct Execution {
    let conference: Int
    let at: Int
  }

  private static let memory = 60

  private var executions: [String: [Execution]] = [:]
  private var count = 0

  func executed(_ commandID: String) -> Int { executions[commandID]?.count ?? 0 }

  /// What a look-up finds.
  func conference(of commandID: String) -> StoredReply? {
    executions[commandID]?.last.map { Self.reply($0.conference) }
  }

  /// - Parameter time: seconds, by a clock that nobody sets.
  mutating func execute(_ commandID: String, at time: Int) -> StoredReply {
    if let known = executions[commandID]?.last, time - known.at <= Self.memory { return Self.reply(known.conference) }
    count += 1
    executions[commandID, default: []].append(Execution(conference: count, at: time))
    return Self.reply(count)
  }

  private static func reply(_ conference: Int) -> StoredReply {
    StoredReply(status: 200, fields: [], body: Array(#"{"data":{"id":"\#(conference)"}}"#.utf8))
  }
}
