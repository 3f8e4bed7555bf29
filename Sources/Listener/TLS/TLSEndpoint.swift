internal import Synchronization

/// The TLS of one listening socket, over all workers. A new connection takes the credentials of its moment and keeps them, so that
/// others can take their place while it goes on.
package final class TLSEndpoint: Sendable {
  private let credentials: Mutex<TLSCredentials>

  package init(_ credentials: TLSCredentials) { self.credentials = Mutex(credentials) }

  var current: TLSCredentials { credentials.withLock(\.self) }

  /// For connections that begin from now on. Who has shown a certificate before is asked about by these with the next request.
  package func use(_ credentials: TLSCredentials) { self.credentials.withLock { $0 = credentials } }
}
