package import Crypto
package import Gateway

extension TokenSource {
  /// Reads the token from where it lives. A file is read again each time, so that a changed one counts.
  ///
  /// - Parameter environment: the process's, as it was before it was scrubbed.
  /// - Parameter noun: what it is, for errors.
  /// - Throws: `TokenError` where there is none, or one that could not stand in a header. Its text holds nothing of it.
  package func resolve(environment: [String: String], as noun: String = "token") throws(TokenError) -> Secret {
    switch self {
    case .environment(let name):
      guard let value = environment[name] else {
        throw TokenError(message: "the environment variable \(name) is not set")
      }
      return try Self.checked(Array(value.utf8), "the environment variable \(name)")
    case .file(let path):
      do {
        var bytes = try FileContents.read(path, limit: 64 * 1024)
        // An editor's newline at the end is no part of the token.
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
        return try Self.checked(bytes, "the \(noun) file \(path)")
      } catch let error as FileError {
        throw TokenError(message: "the \(noun) file \(path) \(error.message)")
      } catch let error as TokenError {
        throw error
      } catch {
        throw TokenError(message: "the \(noun) file \(path) can't be read")
      }
    }
  }

  /// Visible ASCII alone: what RFC 6750, section 2.1, allows and a little more.
  private static func checked(_ bytes: [UInt8], _ place: String) throws(TokenError) -> Secret {
    guard !bytes.isEmpty else { throw TokenError(message: "\(place) is empty") }
    guard bytes.count <= 4096 else { throw TokenError(message: "\(place) holds more than 4096 bytes") }
    guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw TokenError(message: "\(place) holds a space, a control character or a byte beyond ASCII")
    }
    return Secret(bytes)
  }
}

/// Why there is no token.
package struct TokenError: Error, Sendable, Equatable {
  package let message: String
}
