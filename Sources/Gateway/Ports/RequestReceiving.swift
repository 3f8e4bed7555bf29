/// Who takes the requests of a listener: the pipeline, or a test's stand-in.
package protocol RequestReceiving: AnyObject {
  /// A head is there; of its body nothing was read yet, nor was its sender told to go on (`100 Continue`). A request
  /// whose body isn't needed is received right after.
  func judge(_ head: ArrivedHead) -> JudgedHead

  func received(_ request: IncomingRequest, responder: consuming Responder)
}

extension GatewayPipeline: RequestReceiving {}
