internal import CMicrohttpd
internal import Conference
internal import Gateway

/// What libmicrohttpd refuses by itself, because it can't read it as a request.
///
/// It sends a page of its own then, some of them with their head twice. So what it is about to send is said first, past it and in
/// the gateway's envelope, and the socket takes no more after that: its page goes nowhere, and it closes the connection.
enum UnreadRequest {
  static func tellOfRefusals() {
    convene_tell_of_refusals { mhd, status in
      guard let mhd, let context = convene_socket_context(mhd) else { return }
      Unmanaged<CallerConnection>.fromOpaque(context).takeUnretainedValue().refuseUnread(UnreadRequest.refusal(status))
    }
  }

  /// - Parameter status: libmicrohttpd's.
  fileprivate static func refusal(_ status: UInt32) -> Refusal {
    switch status {
    case 413:
      Refusal(
        .bodyTooLarge, faults: [Fault(.badRequest, "the length of the body, or of a chunk, is beyond all bounds")])
    case 414, 431: RequestHead.headTooLarge
    case 505: .badRequest("only HTTP/1.1 is spoken here")
    default: malformed
    }
  }

  static let malformed = Refusal.badRequest("this can't be read as a request of HTTP/1.1")
}
