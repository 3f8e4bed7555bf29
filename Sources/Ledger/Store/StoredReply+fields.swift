internal import Gateway
internal import JSON

/// A reply's fields in one BLOB: name and value in turn, each as `LENGTH:BYTES,` (a netstring). A value may then hold any
/// byte and comes back as it was, and the column can still be read by eye.
extension StoredReply {
  var encodedFields: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 8 })
    for field in fields {
      for text in [field.name, field.value] {
        bytes.append(decimal: text.utf8.count)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: ","))
      }
    }
    return bytes
  }

  static func decodeFields(_ bytes: [UInt8]) throws(LedgerError) -> [ReplyField] {
    var texts: [String] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
        let count = Int(String(decoding: rest[..<colon], as: UTF8.self)), count >= 0, colon + 1 + count < rest.endIndex
      else { throw LedgerError(.failed, "a stored reply's fields can't be read") }
      texts.append(String(decoding: rest[(colon + 1)..<(colon + 1 + count)], as: UTF8.self))
      rest = rest[(colon + 2 + count)...]
    }
    return stride(from: 0, to: texts.count - 1, by: 2).map { ReplyField(texts[$0], texts[$0 + 1]) }
  }
}
