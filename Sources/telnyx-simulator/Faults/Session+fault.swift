import JSON

extension Session {
  /// A call as its fault has it: first what precedes execution, then execution, then what becomes of the reply.
  /// A client that leaves meanwhile changes nothing: as with Telnyx, what has arrived is executed.
  ///
  /// - Returns: how to end the connection, or nil when it takes another request.
  func perform(_ request: Request, under fault: Fault, _ execute: () -> Response) -> StreamEnding? {
    if fault.sendsInterim, !stream.write(Interim.continue + Interim.earlyHints) { return .close }
    pause(milliseconds: fault.delay)

    let response: Response
    switch fault.instead {
    case .close: return .close
    case .reset: return .reset
    case .hang: return hang()
    case .status(let status): response = .plausible(status)
    case .redirect(let url):
      response = .error(307, .badRequest, "The simulator redirects.").with("location", url)
    case nil: response = replaced(execute(), by: fault.content)
    }

    pause(milliseconds: fault.delayAfter)
    return deliver(fault.headers.reduce(dated(response)) { $0.with($1.name, $1.value) }, to: request.head, under: fault)
  }

  private func replaced(_ response: Response, by content: Fault.Content?) -> Response {
    switch content {
    case .status(let status) where status < 300: Response(status, body: response.body)
    case .status(let status): .plausible(status)
    case .garbage: Response(200, body: Array("<html><body>It works!</body></html>".utf8))
    case .noConference: Response(200, ["data": [:]])
    case nil: response
    }
  }

  private func deliver(_ response: Response, to head: RequestHead, under fault: Fault) -> StreamEnding? {
    let framing = fault.framing ?? .length
    let keepsAlive = head.keepsAlive && !framing.endsConnection
    let bytes = response.bytes(framing, keepsAlive: keepsAlive, isHead: false)
    var isWhole = true
    switch fault.delivery {
    case .close: return .close
    case .reset: return .reset
    case .hang: return hang()
    case .garbage:
      _ = stream.write([0, 255, 22, 3] + Array("this is no HTTP\r\n\r\n".utf8))
      return .close
    case .cut(let count):
      _ = stream.write(Array(bytes.prefix(count)))
      return .close
    case .trickle(let interval): isWhole = trickle(bytes, every: interval)
    case nil: isWhole = stream.write(bytes)
    }
    return isWhole && keepsAlive && !fault.closesIdle ? nil : .close
  }

  private func trickle(_ bytes: [UInt8], every interval: Int) -> Bool {
    for byte in bytes {
      guard stream.write([byte]) else { return false }
      pause(milliseconds: interval)
    }
    return true
  }

  private func hang() -> StreamEnding {
    stream.drain()
    return .close
  }
}
