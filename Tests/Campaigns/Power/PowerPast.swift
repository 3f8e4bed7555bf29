import JSON
import Oracle
import TestKit

/// What the world knows of a gateway whose power has gone: what callers have heard, what Telnyx may have got, and what was
/// streamed.
struct PowerPast {
  /// Bodies of 200s, by command id.
  private(set) var answers: [String: [[UInt8]]] = [:]
  /// Tries that ended with a 504, by command id.
  private(set) var unknown: [String: Int] = [:]
  private(set) var sent: Set<String> = []
  /// Requests of floods that were answered.
  private(set) var refusals = 0
  /// What each process wrote to its standard output.
  private(set) var streams: [String] = []

  init(_ events: some Sequence<PowerEvent>) {
    var output: [[UInt8]] = []
    for event in events {
      switch event {
      case .started: output.append([])
      case .disk: break
      case .sent(let id): sent.insert(id)
      case .streamed(let bytes): if let last = output.indices.last { output[last] += bytes }
      case .answered(let reply): note(reply)
      }
    }
    streams = output.map { String(decoding: $0, as: UTF8.self) }
  }

  private mutating func note(_ reply: WireReply) {
    guard let id = reply.headers["convene-command-id"] else {
      if reply.status == 422 { refusals += 1 }
      return
    }
    // What became of a command is told of one without its id in the head.
    if reply.status == 200 { answers[id, default: []].append(reply.body) }
    if reply.status == 504 { unknown[id, default: 0] += 1 }
  }

  /// Compares it with what is on the disk, before any gateway has seen that.
  ///
  /// - Parameter path: of a ledger that nobody has open.
  func check(ledger path: String) throws {
    guard let contents = try? LedgerContents(path: path) else { throw Failure("there is no ledger any more") }
    for id in sent where contents.states[id] == nil { throw Failure("\(id) was sent, and nothing is known of it") }
    for id in answers.keys where contents.states[id] != 2 {
      throw Failure("\(id) was answered, and its state is \(contents.states[id] ?? 0)")
    }
    try ChainCheck.check(contents.records)
    try ChainCheck.check(streams, of: "stdout", against: contents.records, isComplete: false)
  }

  var isEmpty: Bool { sent.isEmpty && answers.isEmpty && refusals == 0 && streams.allSatisfy(\.isEmpty) }
}
