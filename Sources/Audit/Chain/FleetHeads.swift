package import Crypto
package import EventLoop
internal import JSON

/// Where the chains of a shared ledger ended at a moment, as one writer puts it on the record in its own chain from time to
/// time: a whole chain that was deleted shows by it.
///
///     {"seq":S,"time":T,"decision":"heads","organization":O,"writer":W,
///      "heads":[{"writer":..,"seq":..,"hash":..,"replica":..}, ...],"key":K,"signature":B}
///
/// What is signed, with Ed25519, is this text, the last line without a line feed; P and H are number and hash of the record
/// before this one, so that the list is good at this place alone, and vouches for its own chain as a checkpoint does:
///
///     convene-heads-1
///     W
///     P
///     H
///     the value of "heads", as it stands
///
/// A list need not name a chain that hasn't grown since a list of the same process did: that list is in a chain that this one
/// vouches for. See `HeadNews`.
package struct FleetHeads: Sendable, Equatable {
  private static let key = Array(#","decision":"heads","#.utf8)

  package struct Head: Sendable, Equatable {
    package let end: WriterPlace
    package let replica: String

    package init(writer: Int64, replica: String, seq: Int64, hash: [UInt8]) {
      end = WriterPlace(writer: writer, AuditChain(seq: seq, hash: hash))
      self.replica = replica
    }
  }

  /// Whose record it is, and the record before it.
  package let own: WriterPlace
  /// Of others, by ascending writers; none that has no record yet.
  package let heads: [Head]
  package private(set) var signature: MarkSignature?

  /// - Parameters:
  ///   - own: the chain that the list is put into, as it stands before.
  ///   - heads: in any order, with or without the writer's own.
  ///   - key: nil = it is not signed, and vouches for no more than any record does.
  package init(in own: WriterPlace, naming heads: [Head], signedBy key: SigningKey?) {
    self.own = own
    self.heads =
      heads.filter { $0.end.writer != own.writer && $0.end.place.seq > 0 }.sorted { $0.end.writer < $1.end.writer }
    if let key { signature = MarkSignature(of: statement, by: key) }
  }

  package var isSigned: Bool { signature != nil }

  /// Number of the record.
  package var seq: Int64 { own.place.seq + 1 }

  /// The record's text.
  package func record(time: WallTime, organization: String) -> [UInt8] {
    var writer = JSONWriter(capacity: 512 + 160 * heads.count, escapesUnseen: true)
    // What it is stands at one place, so that the many other records need not be parsed.
    writer.beginObject()
    writer.key("seq")
    writer.value(seq)
    writer.member("time", time.rfc3339)
    writer.member("decision", "heads")
    if !organization.isEmpty { writer.member("organization", organization) }
    writer.key("writer")
    writer.value(own.writer)
    writer.key("heads")
    writer.value(json: list)
    signature?.write(to: &writer)
    writer.endObject()
    return writer.bytes
  }

  package static func isList(_ record: [UInt8]) -> Bool { key.isAtDecision(of: record) }

  /// - Parameter before: the record before it in its chain.
  /// - Returns: nil where it is no list, or not one that `record` writes there.
  package init?(record: [UInt8], after before: AuditChain) {
    guard Self.isList(record), let json = try? JSONValue.parse(record), let writer = json["writer"]?.integer,
      json["seq"]?.integer == before.seq + 1, let array = json["heads"]?.array
    else { return nil }
    var heads: [Head] = []
    heads.reserveCapacity(array.count)
    for json in array {
      guard let end = WriterPlace(json), let replica = json["replica"]?.string, end.writer != writer,
        end.place.seq > 0, heads.last.map({ $0.end.writer < end.writer }) ?? true
      else { return nil }
      heads.append(Head(writer: end.writer, replica: replica, seq: end.place.seq, hash: end.place.hash))
    }
    own = WriterPlace(writer: writer, before)
    self.heads = heads
    signature = MarkSignature(json)
  }

  /// Why the signature is none of these keys'; nil = it is one of them.
  package func objection(_ keys: [VerifyingKey]) -> String? { signature.objection(keys, statement) }

  private var statement: [UInt8] {
    Array("convene-heads-1\n\(own.writer)\n\(own.place.seq)\n\(own.place.hash.hex)\n".utf8) + list
  }

  private var list: [UInt8] {
    var writer = JSONWriter(capacity: 160 * heads.count + 2, escapesUnseen: true)
    writer.beginArray()
    for head in heads {
      writer.beginObject()
      head.end.write(to: &writer)
      writer.member("replica", head.replica)
      writer.endObject()
    }
    writer.endArray()
    return writer.bytes
  }
}

/// Which chains a process's next list names: at first all, then those that have grown. Chains that have ended are many after a
/// while, and each is named once by every process that lists.
///
/// A value: what was taken counts only when the record is committed, so the caller keeps the copy that goes with it.
package struct HeadNews: Sendable {
  private var named: [Int64: Int64] = [:]

  package init() {}

  package mutating func take(_ heads: [FleetHeads.Head]) -> [FleetHeads.Head] {
    let news = heads.filter { named[$0.end.writer] != $0.end.place.seq }
    // What isn't in the database any more need not be remembered.
    named = Dictionary(heads.map { ($0.end.writer, $0.end.place.seq) }) { _, last in last }
    return news
  }
}
