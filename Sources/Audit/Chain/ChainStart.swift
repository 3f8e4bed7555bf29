internal import Crypto
package import EventLoop
internal import JSON

/// The first record of a chain in a ledger that several replicas share: whose it is, and which one it goes on from, if any.
///
///     {"seq":1,"time":T,"organization":O,"decision":"chain","replica":R,"writer":W,
///      "predecessor":{"writer":P,"seq":N,"hash":H}}
package struct ChainStart: Sendable, Equatable {
  private static let beginning = Array(#"{"seq":1,"#.utf8)

  /// A number that no other chain of the ledger has; higher than those of all before.
  package let writer: Int64
  /// Name of the replica, which keeps it when it starts again.
  package let replica: String
  /// Where the chain stood that this one takes the place of.
  package let predecessor: WriterPlace?

  package init(writer: Int64, replica: String, predecessor: WriterPlace?) {
    (self.writer, self.replica, self.predecessor) = (writer, replica, predecessor)
  }

  /// The record's text, which always has the number 1 and follows 32 zero bytes.
  package func record(time: WallTime, organization: String) -> [UInt8] {
    var writer = JSONWriter(capacity: 384, escapesUnseen: true)
    writer.beginObject()
    writer.key("seq")
    writer.value(1)
    writer.member("time", time.rfc3339)
    if !organization.isEmpty { writer.member("organization", organization) }
    writer.member("decision", "chain")
    writer.member("replica", replica)
    writer.key("writer")
    writer.value(self.writer)
    if let predecessor {
      writer.key("predecessor")
      writer.beginObject()
      predecessor.write(to: &writer)
      writer.endObject()
    }
    writer.endObject()
    return writer.bytes
  }

  /// nil where the record is another one.
  package init?(record: [UInt8]) {
    guard record.starts(with: Self.beginning), let json = try? JSONValue.parse(record),
      json["decision"]?.string == "chain", let writer = json["writer"]?.integer, writer > 0,
      let replica = json["replica"]?.string
    else { return nil }
    (self.writer, self.replica) = (writer, replica)
    guard let before = json["predecessor"] else {
      predecessor = nil
      return
    }
    guard let before = WriterPlace(before), before.writer < writer else { return nil }
    predecessor = before
  }
}

/// A place in one chain among several.
package struct WriterPlace: Sendable, Equatable {
  package let writer: Int64
  package let place: AuditChain

  package init(writer: Int64, _ place: AuditChain) { (self.writer, self.place) = (writer, place) }

  init?(_ json: JSONValue) {
    guard let writer = json["writer"]?.integer, writer > 0, let seq = json["seq"]?.integer,
      (0..<Int64.max).contains(seq), let hash = json["hash"]?.string.flatMap({ [UInt8](hex: $0) }), hash.count == 32,
      seq > 0 || hash == AuditChain.start.hash
    else { return nil }
    self.init(writer: writer, AuditChain(seq: seq, hash: hash))
  }

  /// Members of an object that the caller begins and ends.
  func write(to writer: inout JSONWriter) {
    writer.key("writer")
    writer.value(self.writer)
    writer.key("seq")
    writer.value(place.seq)
    writer.member("hash", place.hash.hex)
  }
}

extension [UInt8] {
  /// Of `,"time":"2026-11-23T19:00:00.123456Z"`.
  private static let timeLength = 9 + 27 + 1

  /// Whether a record has these bytes right behind its number and its time.
  func isAtDecision(of record: [UInt8]) -> Bool {
    guard let comma = record.firstIndex(of: UInt8(ascii: ",")) else { return false }
    let start = comma + Self.timeLength
    return record.count > start + count && record[start...].starts(with: self)
  }
}
