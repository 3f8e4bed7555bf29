package import Crypto
internal import JSON

/// The last line of an exported file that holds several chains: it vouches for each of them, from its first record to its last,
/// and so for their being there at all.
///
///     {"seal":{"chains":[{"writer":W,"first":F,"seq":S,"hash":H}, ...],"key":K,"signature":B},"prev":..,"hash":..}
///
/// What is signed, with Ed25519, is `convene-seal-2`, a line feed and the value of "chains". `prev` is the hash of the line before.
package struct FleetSeal: Sendable, Equatable {
  package struct Piece: Sendable, Equatable {
    package let first: Int64
    package let end: WriterPlace

    package init(first: Int64, end: WriterPlace) { (self.first, self.end) = (first, end) }
  }

  /// In the order of the file.
  package let pieces: [Piece]
  package private(set) var signature: MarkSignature?

  package init(_ pieces: [Piece], signedBy key: SigningKey) {
    self.pieces = pieces
    signature = MarkSignature(of: statement, by: key)
  }

  /// With its line feed.
  package var line: [UInt8] {
    var writer = JSONWriter(capacity: 512)
    writer.beginObject()
    writer.key("seal")
    writer.beginObject()
    writer.key("chains")
    writer.value(json: list)
    signature?.write(to: &writer)
    writer.endObject()
    writer.endObject()
    let previous = pieces.last?.end.place.hash ?? AuditChain.start.hash
    var line: [UInt8] = []
    AuditChain.write(
      writer.bytes, previous: previous, hash: AuditChain.hash(after: previous, writer.bytes), to: &line)
    return line
  }

  /// nil where the record is another one.
  init?(record: [UInt8]) {
    guard record.starts(with: ChainMark.sealKey), let json = (try? JSONValue.parse(record))?["seal"],
      let array = json["chains"]?.array
    else { return nil }
    var pieces: [Piece] = []
    for json in array {
      guard let first = json["first"]?.integer, let end = WriterPlace(json), (1...max(1, end.place.seq)).contains(first)
      else { return nil }
      pieces.append(Piece(first: first, end: end))
    }
    self.pieces = pieces
    signature = MarkSignature(json)
  }

  package func objection(_ keys: [VerifyingKey]) -> String? { signature.objection(keys, statement) }

  private var statement: [UInt8] { Array("convene-seal-2\n".utf8) + list }

  private var list: [UInt8] {
    var writer = JSONWriter(capacity: 160 * pieces.count + 2)
    writer.beginArray()
    for piece in pieces {
      writer.beginObject()
      writer.key("first")
      writer.value(piece.first)
      piece.end.write(to: &writer)
      writer.endObject()
    }
    writer.endArray()
    return writer.bytes
  }
}

/// A line before a piece of a chain that doesn't begin with the chain's first record: which record it goes on from. Without any
/// record behind it, it says where a chain ended that the next one goes on from.
///
///     {"piece":{"writer":W,"seq":N,"hash":H},"prev":"H","hash":..}
struct ChainPiece: Equatable {
  static let key = Array(#"{"piece":{"#.utf8)

  let before: WriterPlace

  init(after before: WriterPlace) { self.before = before }

  init?(record: [UInt8]) {
    guard record.starts(with: Self.key), let json = (try? JSONValue.parse(record))?["piece"],
      let before = WriterPlace(json)
    else { return nil }
    self.before = before
  }

  /// With its line feed.
  var line: [UInt8] {
    var writer = JSONWriter(capacity: 256)
    writer.beginObject()
    writer.key("piece")
    writer.beginObject()
    before.write(to: &writer)
    writer.endObject()
    writer.endObject()
    var line: [UInt8] = []
    AuditChain.write(
      writer.bytes, previous: before.place.hash, hash: AuditChain.hash(after: before.place.hash, writer.bytes),
      to: &line)
    return line
  }
}
