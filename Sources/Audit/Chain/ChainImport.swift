package import EventLoop
internal import JSON

/// The record with which a chain was closed that was a ledger's in a file, before it was taken over into one that replicas share. The
/// chain's first record says nothing of a replica, so this one says whose it is; behind it stands at most a checkpoint.
///
///     {"seq":S,"time":T,"decision":"import","organization":O,"writer":W,"replica":R}
package struct ChainImport: Sendable, Equatable {
  private static let key = Array(#","decision":"import","#.utf8)

  package let writer: Int64
  /// The name that the chain has among replicas'.
  package let replica: String

  package init(writer: Int64, replica: String) { (self.writer, self.replica) = (writer, replica) }

  package func record(seq: Int64, time: WallTime, organization: String?) -> [UInt8] {
    var writer = JSONWriter(capacity: 256, escapesUnseen: true)
    writer.beginObject()
    writer.key("seq")
    writer.value(seq)
    writer.member("time", time.rfc3339)
    writer.member("decision", "import")
    if let organization { writer.member("organization", organization) }
    writer.key("writer")
    writer.value(self.writer)
    writer.member("replica", replica)
    writer.endObject()
    return writer.bytes
  }

  /// nil where the record is another one.
  package init?(record: [UInt8]) {
    guard Self.key.isAtDecision(of: record), let json = try? JSONValue.parse(record),
      let writer = json["writer"]?.integer, let replica = json["replica"]?.string
    else { return nil }
    (self.writer, self.replica) = (writer, replica)
  }
}
