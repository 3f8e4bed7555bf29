/// Who takes the requests of a listener: the pipeline, or a test's stand-in.
package protocol RequestReceiving: AnyObject {
  func received(_ request: IncomingRequest, responder: consuming Responder)
}

extension GatewayPipeline: RequestReceiving {}
