/// One listener and the thread that takes its clients; each client gets a thread of its own.
struct Server: Sendable {
  private let socket: ListeningSocket
  private let context: TLSContext?
  private let routes: Routes

  /// - Parameter context: nil for plain HTTP.
  init(_ address: ListenAddress, _ context: TLSContext?, _ routes: Routes) throws(SocketError) {
    socket = try ListeningSocket(address)
    self.context = context
    self.routes = routes
  }

  var scheme: String { context == nil ? "http" : "https" }
  var address: String { socket.address }

  func start() throws(SocketError) {
    let isStarted = startThread {
      while true {
        let client = PlainStream(descriptor: socket.accept())
        if !startThread({ serve(client) }) { client.end(.reset) }
      }
    }
    guard isStarted else { throw SocketError("start the listener's thread") }
  }

  private func serve(_ client: PlainStream) {
    guard let context else { return Session(client, routes).run() }
    if let secured = context.accept(client) { Session(secured, routes).run() }
  }
}
