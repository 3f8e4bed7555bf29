internal import CSimdjson

extension JSONValue {
  /// The string at a path of keys in a text, such as `data`, `id`: what `read` would have there. Makes nothing of the
  /// rest of the text, nor of what follows its outermost value.
  ///
  /// - Returns: nil where the text can't be read, or has no string there.
  package static func string(at path: [String], in text: [UInt8]) -> String? {
    text.withUnsafeBytes { bytes in
      var place = readableTokens(of: bytes) ?? readableTokens(of: outermost(bytes))
      for key in path { place = place?.member(key) }
      guard let place, place.pointee.kind == UInt8(CONVENE_JSON_STRING.rawValue) else { return nil }
      return String(place.pointee)
    }
  }

  /// A text up to the end of its outermost array or object, by its brackets; empty where that has no end.
  private static func outermost(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var depth = 0
    var isString = false
    var isEscaped = false
    for (index, byte) in text.enumerated() {
      if isString {
        if !isEscaped, byte == UInt8(ascii: "\"") { isString = false }
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth <= 0 { return UnsafeRawBufferPointer(rebasing: text[...index]) }
      default: break
      }
    }
    return UnsafeRawBufferPointer(start: nil, count: 0)
  }
}

extension UnsafePointer<convene_json_token> {
  /// The value of an object's member; nil where this is no object or has no such member.
  fileprivate func member(_ key: String) -> Self? {
    guard pointee.kind == UInt8(CONVENE_JSON_OBJECT.rawValue) else { return nil }
    var next = self + 1
    for _ in 0..<pointee.size {
      let name = UnsafeRawBufferPointer(start: next.pointee.text, count: next.pointee.size)
      let isReadable = next.pointee.kind == UInt8(CONVENE_JSON_STRING.rawValue)
      if isReadable, name.count == key.utf8.count, name.elementsEqual(key.utf8) { return next + 1 }
      next = (next + 1).next
    }
    return nil
  }

  /// What follows this value.
  var next: Self {
    var next = self + 1
    switch convene_json_kind(UInt32(pointee.kind)) {
    case CONVENE_JSON_OBJECT: for _ in 0..<pointee.size { next = (next + 1).next }
    case CONVENE_JSON_ARRAY: for _ in 0..<pointee.size { next = next.next }
    default: break
    }
    return next
  }
}
