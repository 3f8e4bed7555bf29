/// Replies that come before the reply (RFC 9110, section 15.2).
enum Interim {
  static let `continue` = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
  static let earlyHints = Array("HTTP/1.1 103 Early Hints\r\nlink: </v2/conferences>; rel=preload\r\n\r\n".utf8)
}
