internal import CLinux
internal import Gateway

/// A fresh connection on its way to the worker that will keep it, perhaps another than the one that accepted it. Whoever
/// has it owns its socket.
struct AcceptedConnection: Sendable {
  let socket: Int32
  let address: sockaddr_storage
  let addressLength: socklen_t
  let peer: Peer
  let surface: IncomingRequest.Surface
  let place: ConnectionLimit.Place
  /// nil = in the clear.
  let tls: TLSEndpoint?
}
