internal import CCurl
internal import Glibc

extension IndependentJSON {
  /// Of an object, the member of that name; nil where there are several, but for the same string.
  func only(_ key: String) -> IndependentJSON? {
    let found = (members ?? []).filter { $0.key.elementsEqual(key.utf8) }.map(\.value)
    guard let first = found.first, found.allSatisfy({ $0 == first }) else { return nil }
    return found.count == 1 || first.string != nil ? first : nil
  }

  /// Whether it is more than nothing, no, none and an empty text.
  var saysAnything: Bool {
    switch self {
    case .null, .boolean(false): false
    case .boolean(true): true
    case .number(let text): !["0", "-0"].contains(String(decoding: text, as: UTF8.self))
    case .string(let text): !text.isEmpty
    case .array(let elements): elements.contains(where: \.saysAnything)
    case .object(let members): members.contains { $0.value.saysAnything }
    }
  }

  /// Of a conference's row, `created_at` in microseconds since 1970, by the C library's calendar.
  var created: Int64? {
    guard case .string(let text) = only("created_at"), text.count >= 20 else { return nil }
    func number(_ range: Range<Int>) -> Int32? { Int32(String(decoding: text[range], as: UTF8.self)) }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19)
    else { return nil }
    var time = tm()
    (time.tm_year, time.tm_mon, time.tm_mday) = (year - 1900, month - 1, day)
    (time.tm_hour, time.tm_min, time.tm_sec) = (hour, minute, second)
    let start = Int64(timegm(&time))
    var rest = text[19...]
    var microseconds: Int64 = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
      microseconds = Int64((String(decoding: digits, as: UTF8.self) + "000000").prefix(6)) ?? 0
      rest = rest.dropFirst(1 + digits.count)
    }
    let zone = String(decoding: rest, as: UTF8.self)
    if zone.uppercased() == "Z" { return start * 1_000_000 + microseconds }
    let parts = zone.dropFirst().split(separator: ":").compactMap { Int64($0) }
    guard parts.count == 2 else { return nil }
    let offset = (parts[0] * 60 + parts[1]) * (zone.hasPrefix("-") ? -60 : 60)
    return (start - offset) * 1_000_000 + microseconds
  }
}

extension IndependentJSON.Member {
  var name: String { String(decoding: key, as: UTF8.self) }
}

extension LookUpTranscript {
  /// What a `Date` field says, in seconds since 1970, as libcurl reads it; nil where it is before 1583, too.
  static func seconds(ofDate text: String) -> Int64? {
    let seconds = curl_getdate(text, nil)
    return seconds == -1 ? nil : Int64(seconds)
  }
}
