package import EventLoop
internal import JSON

extension ChainMark {
  /// How the record of a seal begins.
  static let sealKey = Array(#"{"seal":{"#.utf8)
  private static let checkpointKey = Array(#","checkpoint":{"#.utf8)

  /// The last line of an exported file, with its line feed. It has the form of a record's line, but no `seq`, and nothing
  /// follows it in the chain.
  package var sealLine: [UInt8] {
    var writer = JSONWriter(capacity: 512)
    writer.beginObject()
    writer.key("seal")
    write(to: &writer)
    writer.endObject()
    var line: [UInt8] = []
    AuditChain.write(writer.bytes, previous: hash, hash: AuditChain.hash(after: hash, writer.bytes), to: &line)
    return line
  }

  /// A checkpoint as a record's text.
  package func record(seq: Int64, time: WallTime) -> [UInt8] {
    var writer = JSONWriter(capacity: 384, escapesUnseen: true)
    writer.beginObject()
    writer.key("seq")
    writer.value(seq)
    writer.member("time", time.rfc3339)
    writer.key("checkpoint")
    write(to: &writer)
    writer.endObject()
    return writer.bytes
  }

  /// The mark in a seal's record.
  init?(seal record: [UInt8]) {
    guard let json = (try? JSONValue.parse(record))?["seal"] else { return nil }
    self.init(.seal, json)
  }

  /// The mark in a checkpoint's record; nil where the record is another one. A record says what it is at one place, so
  /// the many that are no checkpoints need not be parsed.
  init?(checkpoint record: [UInt8]) {
    guard Self.isCheckpoint(record), let json = (try? JSONValue.parse(record))?["checkpoint"] else { return nil }
    self.init(.checkpoint, json)
  }

  static func isCheckpoint(_ record: [UInt8]) -> Bool { checkpointKey.isAtDecision(of: record) }
}
