internal import CLinux
internal import CMicrohttpd
internal import Gateway

/// A reply as it goes over the wire (RFC 9112), where libmicrohttpd can't write it: the last one on its connection.
enum ReplyText {
  static func of(_ reply: Reply) -> [UInt8] {
    let reason = MHD_get_reason_phrase_for(UInt32(reply.status)).map { String(cString: $0) } ?? ""
    var text = "HTTP/1.1 \(reply.status) \(reason)\r\n" + (date.map { "Date: \($0)\r\n" } ?? "")
    for entry in reply.fields.entries where reply.fields.hasNoControl(entry.value) {
      text += "\(reply.fields.text(entry.name)): \(reply.fields.text(entry.value))\r\n"
    }
    text += "Connection: close\r\nContent-Length: \(reply.body.count)\r\n\r\n"
    return Array(text.utf8) + reply.body
  }

  /// RFC 9110, section 5.6.7.
  private static var date: String? {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { room in
      guard let start = room.baseAddress, strftime(start, room.count, "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0 else {
        return nil
      }
      return String(cString: start)
    }
  }
}
