internal import Pattern

/// W3C Trace Context by the letter of its grammars, as regular expressions.
enum IndependentTrace {
  /// The one line that a list goes along as; nil where it is none, or belongs to no trace.
  ///
  /// - Parameters: all values of the two fields.
  static func state(_ states: [[UInt8]], parents: [[UInt8]]) -> [UInt8]? {
    let list = states.filter { !$0.isEmpty }.joined(separator: Array(",".utf8))
    guard isParent(parents) else { return nil }
    let members = list.split(separator: UInt8(ascii: ",")).map { member in
      Array(member.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }.filter { !$0.isEmpty }
    let keys = members.map { $0.prefix { $0 != UInt8(ascii: "=") } }
    let isList =
      members.allSatisfy { isFound(member, $0) } && Set(keys).count == keys.count && (1...32).contains(keys.count)
    return isList ? Array(list) : nil
  }

  /// - Parameter values: of all fields of that name.
  static func isParent(_ values: [[UInt8]]) -> Bool {
    guard values.count == 1, isFound(parent, values[0]) else { return false }
    let length = values[0].count
    return length == 55 || length <= 128 && !values[0].starts(with: "00".utf8)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func isFound(_ pattern: Pattern, _ bytes: [UInt8]) -> Bool {
    String(validating: bytes, as: UTF8.self).map { pattern.search($0) == .found } ?? false
  }

  /// Section 3.2: a later version than 00 may have more.
  private static let parent = pattern(
    "^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[!-~]*)?$")
  /// Section 3.3.1.3.
  private static let member = pattern(
    "^[a-z0-9][a-z0-9_*/@-]{0,255}=[ -+\\x2D-<>-~]{0,255}[!-+\\x2D-<>-~]$")

  private static func pattern(_ text: String) -> Pattern {
    do throws(PatternError) {
      return try Pattern(text)
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
