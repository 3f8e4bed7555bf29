internal import EventLoop
internal import Gateway
internal import Listener

/// All sockets that the process listens on, opened before any worker starts: an address that is taken ends the start.
struct Listeners {
  /// By worker.
  private var listeners: [[Worker.Listener]]
  /// What is listened on, once an address.
  private(set) var addresses: [(address: ListenAddress, surface: String)] = []

  /// Callers' that have TLS, in the order of `server.listen`.
  private let endpoints: [TLSEndpoint]

  init(_ configuration: GatewayConfiguration, workers: Int) throws {
    listeners = Array(repeating: [], count: workers)
    endpoints = try Self.credentials(of: configuration).map(TLSEndpoint.init)
    var unused = endpoints[...]
    for listen in configuration.server.listen {
      let tls = listen.tls == nil ? nil : unused.popFirst()
      try open(listen.address, surface: .callers, tls, for: 0..<workers)
    }
    if let admin = configuration.admin {
      // Health and metrics are rarely asked for: the first worker answers.
      try open(admin.listen, surface: .admin, nil, for: 0..<1)
    }
  }

  func of(worker: Int) -> [Worker.Listener] { listeners[worker] }

  func unlink() { for listener in listeners.joined() { listener.socket.unlink() } }

  /// What listeners with TLS are to use, in their order, as the files have it now.
  static func credentials(of configuration: GatewayConfiguration) throws(StartError) -> [TLSCredentials] {
    var found: [TLSCredentials] = []
    for case let tls? in configuration.server.listen.map(\.tls) {
      do throws(TLSError) {
        found.append(try TLSCredentials(tls))
      } catch {
        throw StartError("TLS can't be had: \(error)")
      }
    }
    return found
  }

  /// For connections that begin from now on.
  ///
  /// - Parameter credentials: of a configuration with the same listeners.
  func use(_ credentials: [TLSCredentials]) {
    for (endpoint, credentials) in zip(endpoints, credentials) { endpoint.use(credentials) }
  }

  /// There is one socket for each address, on which all workers wait: so it is this process's alone.
  private mutating func open(
    _ address: ListenAddress, surface: IncomingRequest.Surface, _ tls: TLSEndpoint?, for workers: Range<Int>
  ) throws(StartError) {
    do throws(SystemError) {
      let socket = try ListeningSocket(address)
      for worker in workers { listeners[worker].append(Worker.Listener(socket: socket, surface: surface, tls: tls)) }
      addresses.append((socket.address, surface == .admin ? "admin" : "callers"))
    } catch {
      throw StartError("can't listen on \(address): \(error)")
    }
  }
}

/// Why the process can't start, in a sentence.
struct StartError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
