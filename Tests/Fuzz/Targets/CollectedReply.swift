internal import CCurl
internal import Synchronization

@testable internal import Gateway
@testable internal import Upstream

/// The lines of a reply's head as `ReplyCollector` gets them from libcurl.
enum CollectedReply {
  /// A handle costs more than all else here, and the collector tells it only whether to decode.
  private static let easy = Mutex(UInt(bitPattern: curl_easy_init()))

  static func reply(_ lines: [ArraySlice<UInt8>], without traces: TokenTraces) throws(Violation) -> UpstreamReply {
    let reply: UpstreamReply? = easy.withLock { bits in
      guard let easy = UnsafeMutableRawPointer(bitPattern: bits) else { return nil }
      let collector = ReplyCollector(of: easy)
      for line in [Array("HTTP/1.1 200 OK".utf8)[...]] + lines {
        (line + [0x0D, 0x0A]).withUnsafeBytes { collector.collect(header: $0) }
      }
      defer { collector.clear() }
      return collector.reply(status: 200, without: traces)
    }
    return try require(reply, "libcurl has a handle")
  }
}
