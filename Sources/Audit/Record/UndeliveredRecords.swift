package import EventLoop
internal import JSON

/// Records that were dropped, as they were too old, and of which nobody knows whether their replica's sinks have them: the replica had
/// gone, and didn't come back. One record tells of all that went at once:
///
///     {"seq":S,"time":T,"organization":O,"decision":"undelivered","count":N,
///      "chains":[{"writer":W,"replica":R,"first":F,"last":L}, ...],"chains_count":M}
package struct UndeliveredRecords: Sendable, Equatable {
  /// Chains that are told one by one; beyond that they are counted.
  private static let mostChains = 64

  package struct Chain: Sendable, Equatable {
    package let writer: Int64
    package let replica: String
    package let first: Int64
    package let last: Int64

    package init(writer: Int64, replica: String, first: Int64, last: Int64) {
      (self.writer, self.replica, self.first, self.last) = (writer, replica, first, last)
    }
  }

  package var chains: [Chain] = []

  package init() {}

  package var count: Int64 { chains.reduce(0) { $0 + $1.last - $1.first + 1 } }

  /// The record's text, with the number 0.
  package func record(time: WallTime, organization: String) -> [UInt8] {
    var writer = JSONWriter(capacity: 256 + 96 * min(chains.count, Self.mostChains), escapesUnseen: true)
    writer.beginObject()
    writer.member("seq", 0)
    writer.member("time", time.rfc3339)
    if !organization.isEmpty { writer.member("organization", organization) }
    writer.member("decision", "undelivered")
    writer.key("count")
    writer.value(count)
    writer.key("chains")
    writer.beginArray()
    for chain in chains.prefix(Self.mostChains) {
      writer.beginObject()
      writer.key("writer")
      writer.value(chain.writer)
      writer.member("replica", chain.replica)
      writer.key("first")
      writer.value(chain.first)
      writer.key("last")
      writer.value(chain.last)
      writer.endObject()
    }
    writer.endArray()
    writer.member("chains_count", chains.count)
    writer.endObject()
    return writer.bytes
  }
}
