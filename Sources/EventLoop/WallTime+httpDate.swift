extension WallTime {
  /// Reads the forms of a time that HTTP has (RFC 9110, section 5.6.7), to the second: `Sun, 06 Nov 1994 08:49:37 GMT`, and
  /// the two that nobody should send any more, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. nil where the
  /// text is anything else, or no such day exists; the name of the weekday is not looked at.
  package init?(httpDate text: UnsafeRawBufferPointer) {
    // The form that all servers send has this length; a text that is much longer is not looked at.
    guard (24...33).contains(text.count) else { return nil }
    self.init(httpDate: String(decoding: text, as: UTF8.self))
  }

  package init?(httpDate text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map { String($0) ?? "" }
    let date: (day: String, month: String, year: String, time: String)
    switch parts.count {
    case 6 where parts[0].utf8.count == 4 && parts[0].utf8.last == UInt8(ascii: ",") && parts[5] == "GMT":
      date = (parts[1], parts[2], parts[3], parts[4])
    case 4 where parts[0].utf8.last == UInt8(ascii: ",") && parts[3] == "GMT":
      let day = parts[1].utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map {
        String($0) ?? ""
      }
      guard day.count == 3, day[2].utf8.count == 2, let year = Int(day[2]) else { return nil }
      // The century that is not more than 50 years ahead: of a gateway's time, the one that began with 1970.
      date = (day[0], day[1], "\(year < 70 ? 20 : 19)\(day[2])", parts[2])
    case 5 where parts[0].utf8.count == 3: date = (parts[2], parts[1], parts[4], parts[3])
    // A day of one digit has a space in place of the other.
    case 6 where parts[0].utf8.count == 3 && parts[2].isEmpty && parts[3].utf8.count == 1:
      date = ("0" + parts[3], parts[1], parts[5], parts[4])
    default: return nil
    }
    guard let month = Self.months.firstIndex(of: date.month), date.day.utf8.count == 2, date.year.utf8.count == 4,
      date.time.utf8.count == 8
    else { return nil }
    self.init(rfc3339: "\(date.year)-\(month < 9 ? "0" : "")\(month + 1)-\(date.day)T\(date.time)Z")
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
