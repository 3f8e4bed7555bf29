internal import CPcre2
internal import Synchronization

/// What a match writes to (pcre2_match_data). One owner at a time, which frees it.
///
/// PCRE2 begins with 20 KB of memory for its way back and keeps them with this. So it is used again, but only for short
/// texts, which seldom need more: what a long one makes of it can be megabytes.
final class MatchRoom: @unchecked Sendable {
  // Safe because whoever uses it has made it or taken it out of `idle`.
  let data: OpaquePointer

  /// Bytes.
  static let shortText = 256
  /// As many as threads were matching at once.
  private static let idle = Mutex<[MatchRoom]>([])

  /// nil where there is no memory.
  init?() {
    // One pair of offsets is all that a yes or no needs.
    guard let data = pcre2_match_data_create_8(1, nil) else { return nil }
    self.data = data
  }

  deinit { pcre2_match_data_free_8(data) }

  static func take() -> MatchRoom? { idle.withLock { $0.popLast() } ?? MatchRoom() }

  func giveBack() { Self.idle.withLock { $0.append(self) } }
}
