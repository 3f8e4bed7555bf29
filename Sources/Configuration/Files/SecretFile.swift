package import Crypto
package import Gateway

/// A secret that may be in a file, which is looked at about once a second while the gateway runs. What two looks in a row agree
/// on is so: a file that is written in pieces, or emptied first, is neither taken nor complained of half way.
package struct SecretFile {
  /// What a look has shown.
  package enum Finding {
    /// All is as it was, or not for sure otherwise yet.
    case same
    /// Another one, which is to be used from now on.
    case changed(Secret)
    /// None that could be used, for people: what was read last stays in use. Told once.
    case unusable(reason: String)
    /// It can be used again; with another one, if it is one.
    case usable(Secret?)
  }

  private enum Look: Equatable {
    case holds(digest: [UInt8])
    case nothing
  }

  package let source: TokenSource
  /// What it is: `token`.
  private let noun: String
  private let mayHaveSpaces: Bool
  private let environment: [String: String]
  /// The SHA-256 of what is in use.
  package private(set) var digest: [UInt8]
  private var last: Look
  private var isUnusable = false

  /// - Parameters:
  ///   - secret: as it was read at the source just now.
  ///   - mayHaveSpaces: as when it was read.
  package init(
    _ source: TokenSource, as noun: String, holding secret: Secret, environment: [String: String],
    mayHaveSpaces: Bool = false
  ) {
    (self.source, self.noun, self.environment, self.mayHaveSpaces) = (source, noun, environment, mayHaveSpaces)
    digest = Digest.sha256(secret.reveal())
    last = .holds(digest: digest)
  }

  /// This is in use from now on: it was read at the source just now.
  package mutating func take(_ secret: Secret) {
    digest = Digest.sha256(secret.reveal())
    last = .holds(digest: digest)
  }

  package mutating func look() -> Finding {
    guard case .file = source else { return .same }
    do throws(TokenError) {
      let secret = try source.resolve(environment: environment, as: noun, mayHaveSpaces: mayHaveSpaces)
      let found = Digest.sha256(secret.reveal())
      guard agree(.holds(digest: found)) else { return .same }
      let another = found == digest ? nil : secret
      digest = found
      defer { isUnusable = false }
      return isUnusable ? .usable(another) : another.map { .changed($0) } ?? .same
    } catch {
      guard agree(.nothing), !isUnusable else { return .same }
      isUnusable = true
      return .unusable(reason: error.message)
    }
  }

  private mutating func agree(_ look: Look) -> Bool {
    defer { last = look }
    return look == last
  }
}
