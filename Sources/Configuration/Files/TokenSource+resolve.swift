package import Crypto
package import Gateway

extension TokenSource {
  /// Reads the token from where it lives. A file is read again each time, so that a changed one counts.
  ///
  /// - Parameters:
  ///   - environment: the process's, as it was before it was scrubbed.
  ///   - noun: what it is, for errors.
  ///   - mayHaveSpaces: between its words, such as `Bearer x`.
  /// - Throws: `TokenError` where there is none, or one that could not stand in a header. Its text holds nothing of it.
  package func resolve(
    environment: [String: String], as noun: String = "token", mayHaveSpaces: Bool = false
  ) throws(TokenError) -> Secret {
    let place = place(as: noun)
    switch self {
    case .environment(let name):
      guard let value = environment[name] else { throw TokenError(message: "\(place) is not set") }
      return try Self.checked(Array(value.utf8), place, mayHaveSpaces)
    case .file(let path): return try Self.read(path, place, mayHaveSpaces)
    case .credential(let name):
      // Set by systemd for a unit that has any (systemd.exec(5), "CREDENTIALS").
      guard let directory = environment["CREDENTIALS_DIRECTORY"], !directory.isEmpty else {
        throw TokenError(message: "\(place) is not there: $CREDENTIALS_DIRECTORY is not set, as LoadCredential= does")
      }
      return try Self.read("\(directory)/\(name)", place, mayHaveSpaces)
    }
  }

  /// Where it is, for errors.
  func place(as noun: String) -> String {
    switch self {
    case .environment(let name): "the environment variable \(name.withoutSecrets)"
    case .file(let path): "the \(noun) file \(path.withoutSecrets)"
    case .credential(let name): "the credential \(name.withoutSecrets)"
    }
  }

  private static func read(_ path: String, _ place: String, _ mayHaveSpaces: Bool) throws(TokenError) -> Secret {
    do {
      var bytes = try FileContents.read(path, limit: 64 * 1024)
      // An editor's newline at the end is no part of the token.
      while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
      return try Self.checked(bytes, place, mayHaveSpaces)
    } catch let error as FileError {
      throw TokenError(message: "\(place) \(error.message)")
    } catch let error as TokenError {
      throw error
    } catch {
      throw TokenError(message: "\(place) can't be read")
    }
  }

  /// Visible ASCII alone: what RFC 6750, section 2.1, allows and a little more.
  private static func checked(
    _ bytes: [UInt8], _ place: String, _ mayHaveSpaces: Bool
  ) throws(TokenError) -> Secret {
    guard !bytes.isEmpty else { throw TokenError(message: "\(place) is empty") }
    guard bytes.count <= 4096 else { throw TokenError(message: "\(place) holds more than 4096 bytes") }
    let isAtEnds = bytes.first == 0x20 || bytes.last == 0x20
    guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F || mayHaveSpaces && $0 == 0x20 }), !isAtEnds else {
      let space = mayHaveSpaces ? "a space at an end" : "a space"
      throw TokenError(message: "\(place) holds \(space), a control character or a byte beyond ASCII")
    }
    return Secret(bytes)
  }
}

/// Why there is no token.
package struct TokenError: Error, Sendable, Equatable {
  package let message: String
}
