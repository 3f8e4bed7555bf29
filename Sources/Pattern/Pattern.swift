internal import CPcre2

/// A compiled regular expression (PCRE2, UTF-8), to be searched for anywhere in a text, as JSON Schema's `pattern` is:
/// `^` and `$` must be written where the whole text is meant. `$` is the end, not the place before a last newline.
///
/// What it is matched against comes from strangers, so a match may cost only so much (pcre2api, "Limiting resources").
// Safe because the code and the context are written only in `init`, and PCRE2 shares both among threads from then on
// (pcre2api, "Multithreading"); what a match writes to belongs to that match.
package final class Pattern: @unchecked Sendable {
  /// What a search found out.
  package enum Outcome: Sendable, Equatable {
    case found, notFound
    /// The search was given up: it would have cost too much. Whoever asks must take it for "not found".
    case tooCostly
  }

  /// As it was written.
  package let text: String
  private let code: OpaquePointer
  private let context: OpaquePointer

  /// - Throws: `PatternError` where the text is no regular expression, or the memory for it is not there.
  package init(_ text: String) throws(PatternError) {
    var number: Int32 = 0
    var offset = 0
    let bytes = Array(text.utf8)
    // One byte of a character alone (\C) could end a match inside a character, so it is never allowed.
    let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_DOLLAR_ENDONLY) | PCRE2_NEVER_BACKSLASH_C
    guard let code = pcre2_compile_8(bytes, bytes.count, options, &number, &offset, nil) else {
      throw PatternError(message: Self.message(of: number), offset: offset)
    }
    guard let context = pcre2_match_context_create_8(nil) else {
      pcre2_code_free_8(code)
      throw PatternError(message: "no memory", offset: 0)
    }
    // Measured on the longest text that is judged (4 KiB): every sane pattern stays far below, (a+)+$ hits it in ms.
    pcre2_set_match_limit_8(context, 200_000)
    pcre2_set_depth_limit_8(context, 20_000)
    pcre2_set_heap_limit_8(context, 8 * 1024)
    self.text = text
    self.code = code
    self.context = context
  }

  deinit {
    pcre2_match_context_free_8(context)
    pcre2_code_free_8(code)
  }

  /// Searches a text. Any failure of PCRE2 is `tooCostly`: what can't be judged is not taken for a match.
  package func search(_ text: String) -> Outcome {
    guard let room = text.utf8.count <= MatchRoom.shortText ? MatchRoom.take() : MatchRoom() else { return .tooCostly }
    defer { if text.utf8.count <= MatchRoom.shortText { room.giveBack() } }
    var text = text
    // A Swift string is always valid UTF-8, so PCRE2 need not check that again.
    let result = text.withUTF8 { bytes in
      pcre2_match_8(code, bytes.baseAddress, bytes.count, 0, UInt32(PCRE2_NO_UTF_CHECK), room.data, context)
    }
    return result >= 0 ? .found : result == PCRE2_ERROR_NOMATCH ? .notFound : .tooCostly
  }

  private static func message(of number: Int32) -> String {
    let message = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
      count = max(0, Int(pcre2_get_error_message_8(number, buffer.baseAddress, buffer.count)))
    }
    return String(decoding: message, as: UTF8.self)
  }
}
