package import Gateway
internal import JSON

/// A reply's fields in one BLOB: name and value in turn, each as `LENGTH:BYTES,` (a netstring). A value may then hold any
/// byte and comes back as it was, and the column can still be read by eye.
extension StoredReply {
  package var encodedFields: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(fields.bytes.count + fields.entries.count * 12)
    for entry in fields.entries {
      bytes.append(netstring: fields.bytes[entry.name])
      bytes.append(netstring: fields.bytes[entry.value])
    }
    return bytes
  }

  package static func decodeFields(_ bytes: [UInt8]) throws(LedgerError) -> HeaderFields {
    var texts: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
        let count = Int(String(decoding: rest[..<colon], as: UTF8.self)), count >= 0, count < rest.endIndex - colon - 1
      else { throw unreadable }
      texts.append(rest[(colon + 1)..<(colon + 1 + count)])
      rest = rest[(colon + 2 + count)...]
    }
    guard texts.count % 2 == 0 else { throw unreadable }
    var fields = HeaderFields()
    for index in stride(from: 0, to: texts.count, by: 2) { fields.append(texts[index], texts[index + 1]) }
    return fields
  }

  private static let unreadable = LedgerError(.failed, "a stored reply's fields can't be read")
}

extension [UInt8] {
  fileprivate mutating func append(netstring text: ArraySlice<UInt8>) {
    append(decimal: text.count)
    append(UInt8(ascii: ":"))
    append(contentsOf: text)
    append(UInt8(ascii: ","))
  }
}
