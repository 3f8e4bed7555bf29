/// How a connection is ended.
enum StreamEnding: Sendable {
  /// FIN, under TLS after a close_notify.
  case close
  /// FIN, and what the client still sends is read for a moment: closing over unread bytes would be a reset, and the
  /// client might lose the reply that says why (RFC 9112, section 9.6).
  case closeUnread
  /// RST: the client loses what it has not read yet.
  case reset
}
