package import EventLoop
internal import JSON

/// What a ledger's own file says of its having been taken over into a shared one: two ledgers that answer for one id would each let it
/// be sent.
///
/// Noted as begun before the shared ledger commits, and as done after that. Whoever dies in between leaves it as begun, and the next
/// import finds out what became of it.
package struct ImportNote: Sendable, Equatable {
  package var isDone: Bool
  /// The shared ledger, as messages call it.
  package let target: String
  package let time: WallTime

  package init(isDone: Bool, target: String, time: WallTime) {
    (self.isDone, self.target, self.time) = (isDone, target, time)
  }

  package init?(text: [UInt8]) {
    guard let json = try? JSONValue.parse(text), let state = json["state"]?.string,
      let target = json["target"]?.string, let time = json["time"]?.string.flatMap(WallTime.init(rfc3339:))
    else { return nil }
    self.init(isDone: state == "done", target: target, time: time)
  }

  package var text: [UInt8] {
    var writer = JSONWriter(capacity: 192)
    writer.beginObject()
    writer.member("state", isDone ? "done" : "begun")
    writer.member("target", target)
    writer.member("time", time.rfc3339)
    writer.endObject()
    return writer.bytes
  }
}

extension LedgerError {
  /// Why no gateway may use a ledger.
  ///
  /// - Parameter note: nil = it can't be read.
  package static func imported(_ note: ImportNote?, path: String) -> LedgerError {
    guard let note else { return LedgerError(.imported, "\(path): it says that it was imported, and not where to") }
    guard note.isDone else {
      return LedgerError(
        .imported,
        "\(path): importing this ledger into \(note.target) was begun on \(note.time.rfc3339), and it isn't known whether"
          + " that was done: run `convene ledger import` again, which finds out")
    }
    return LedgerError(
      .imported,
      "\(path): this ledger was imported into \(note.target) on \(note.time.rfc3339), which answers for its commands now:"
        + " name that one under ledger.postgres")
  }
}
