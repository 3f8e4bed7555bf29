/// One `kind[=value]` of a fault's text.
struct FaultPart {
  /// The longest wait, in milliseconds: a slip of the keyboard should not look like a hang.
  static let hour = 3_600_000

  let kind: String
  let value: String?

  /// Puts a part without a value into its place, which no other may have taken.
  func fill<Part>(_ place: inout Part?, _ part: Part) throws(FaultSpecError) {
    guard place == nil else { throw FaultSpecError("'\(kind)' contradicts an earlier kind") }
    if Self.kindsWithoutValue.contains(kind) { _ = try flag() }
    place = part
  }

  func flag() throws(FaultSpecError) -> Bool {
    guard value == nil else { throw FaultSpecError("'\(kind)' takes no value") }
    return true
  }

  func text() throws(FaultSpecError) -> String {
    guard let value, !value.isEmpty else { throw FaultSpecError("'\(kind)' needs a value") }
    // In a reply's head a line break would end the header field.
    guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw FaultSpecError("'\(kind)' has a control character in its value")
    }
    return value
  }

  func number(upTo limit: Int) throws(FaultSpecError) -> Int {
    guard let number = Int(try text()), (0...limit).contains(number) else {
      throw FaultSpecError("'\(kind)' needs a number from 0 to \(limit)")
    }
    return number
  }

  func status() throws(FaultSpecError) -> Int {
    guard let number = Int(try text()), (200...599).contains(number) else {
      throw FaultSpecError("'\(kind)' needs a status from 200 to 599")
    }
    return number
  }

  func header() throws(FaultSpecError) -> (name: String, value: String) {
    let sides = try text().split(separator: ":", maxSplits: 1)
    guard sides.count == 2 else { throw FaultSpecError("'\(kind)' needs NAME:VALUE") }
    return (String(sides[0]), String(sides[1].drop { $0 == " " }))
  }

  private static let kindsWithoutValue: Set = [
    "close-before", "reset-before", "hang-before", "garbage-body", "no-conference", "long-length", "short-length",
    "no-length", "chunked", "garbage", "close-after", "reset-after", "hang-after",
  ]
}
