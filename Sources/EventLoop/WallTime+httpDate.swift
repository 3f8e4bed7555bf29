extension WallTime {
  /// Reads the form of a time that every server has to send (RFC 9110, section 5.6.7, IMF-fixdate):
  /// `Sun, 06 Nov 1994 08:49:37 GMT`, to the second. nil where the text is anything else, or no such day exists; the name of
  /// the weekday is not looked at.
  package init?(httpDate text: UnsafeRawBufferPointer) {
    guard text.count == 29, text[3] == UInt8(ascii: ","), text[26...].elementsEqual("GMT".utf8),
      [4, 7, 11, 16, 25].allSatisfy({ text[$0] == UInt8(ascii: " ") })
    else { return nil }
    guard let month = Self.months.firstIndex(where: { text[8..<11].elementsEqual($0.utf8) }) else { return nil }
    // As RFC 3339 has it, which is read elsewhere.
    func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
    self.init(
      rfc3339: "\(part(12..<16))-\(month < 9 ? "0" : "")\(month + 1)-\(part(5..<7))T\(part(17..<25))Z")
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
