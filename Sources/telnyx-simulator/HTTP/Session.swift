/// One client's connection, from its first request to its end.
///
/// Plain sockets and one blocking thread a connection, no HTTP library: a fault has to decide over every byte, over
/// FIN and RST and over the time between two bytes, and no server library gives that away.
final class Session {
  let stream: any ByteStream
  let routes: Routes
  private var reader: RequestReader

  init(_ stream: any ByteStream, _ routes: Routes) {
    self.stream = stream
    self.routes = routes
    reader = RequestReader(stream)
  }

  func run() {
    var ending: StreamEnding?
    while ending == nil { ending = exchange() }
    if let ending { stream.end(ending) }
  }

  /// One request and its reply.
  ///
  /// - Returns: how to end the connection, or nil when it takes another request.
  private func exchange() -> StreamEnding? {
    do throws(RequestError) {
      guard let head = try reader.readHead() else { return .close }
      let arrival = Timestamp.now()
      routes.simulator.noteArrival(of: head)
      if head.expectsContinue, !stream.write(Interim.continue) { return .close }
      let request = Request(head: head, body: try reader.readBody(head.bodyFraming), arrival: arrival)
      guard let kind = head.callKind else { return send(routes.reply(to: request), to: head) }
      return answer(request, kind)
    } catch {
      if let response = error.response {
        _ = stream.write(response.bytes(.length, keepsAlive: false, isHead: false))
      }
      return .closeUnread
    }
  }

  /// A call meets the fault that its header names, or else the next one of the simulator's plan for its kind.
  private func answer(_ request: Request, _ kind: CallKind) -> StreamEnding? {
    do throws(FaultSpecError) {
      if kind == .create {
        let admission = try routes.admit(request)
        return perform(request, under: admission.fault) { routes.create(request, admission) }
      }
      let call = try routes.receive(request, kind)
      return perform(request, under: call.fault) { routes.answer(request, call) }
    } catch {
      return send(.error(400, .badRequest, error.description), to: request.head)
    }
  }

  /// With the time by the simulator's clock, as every server says it.
  func dated(_ response: Response) -> Response { response.with("date", routes.simulator.now.httpDate) }

  private func send(_ response: Response, to head: RequestHead) -> StreamEnding? {
    let bytes = dated(response).bytes(.length, keepsAlive: head.keepsAlive, isHead: head.method == "HEAD")
    return stream.write(bytes) && head.keepsAlive ? nil : .close
  }
}
