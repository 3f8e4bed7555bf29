package import Certificates

/// An authority, and the certificates that it has signed, as files in a directory.
package final class TestAuthority {
  private let key: PrivateKey
  private let certificate: Certificate
  private let scratch: Scratch
  private let name: String

  /// A certificate and the key to it.
  package struct Pair: Sendable {
    package let certificate: String
    package let key: String
  }

  /// - Parameter name: begins the names of its files.
  package init(_ name: String, in scratch: Scratch) throws {
    self.name = name
    self.scratch = scratch
    key = try PrivateKey()
    certificate = try Certificate.authority(key, name: "a test's authority \(name)")
    try certificate.write(to: scratch.path("\(name).pem"))
  }

  /// Where its own certificate is.
  package var path: String { scratch.path("\(name).pem") }

  /// A server's certificate of loopback where nothing else is said.
  package func sign(_ file: String, _ change: (inout Certificate.Content) -> Void = { _ in }) throws -> Pair {
    var content = Certificate.Content()
    change(&content)
    let pair = Pair(certificate: scratch.path("\(file).pem"), key: scratch.path("\(file).key"))
    let own = try PrivateKey()
    try Certificate.leaf(content, own, signedBy: certificate, key).write(to: pair.certificate)
    try own.write(to: pair.key)
    return pair
  }

  /// A caller's, with these alternative names.
  package func signClient(
    _ file: String, _ names: String?, _ change: (inout Certificate.Content) -> Void = { _ in }
  ) throws -> Pair {
    try sign(file) {
      $0.name = "a caller"
      $0.purpose = "clientAuth"
      $0.alternatives = names
      change(&$0)
    }
  }
}
