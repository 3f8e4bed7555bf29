internal import COpenSSL

/// A failed call to OpenSSL, with the newest entry of the thread's error queue.
package struct OpenSSLError: Error, CustomStringConvertible {
  package let description: String

  /// - Parameter action: what was tried.
  package init(_ action: String) {
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(ERR_peek_last_error(), &text, text.count)
    ERR_clear_error()
    description = "\(action): \(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))"
  }
}

/// For OpenSSL's functions that return 1 when all went well.
package func check(_ outcome: Int32, _ action: String) throws(OpenSSLError) {
  guard outcome == 1 else { throw OpenSSLError(action) }
}
