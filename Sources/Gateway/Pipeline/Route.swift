internal import Conference
internal import JSON

/// What a request asks for.
enum Route: Equatable {
  case create
  case explain
  case operation(commandID: String)
  /// One of Telnyx's other calls about conferences.
  case call(CallTarget)

  /// Judges the request line. The target is compared byte for byte as it came.
  init(method: String, target: String) throws(Refusal) {
    // As nearly every request has it.
    if method.hasSameBytes(as: "POST"),
      target.hasSameBytes(as: "/v2/conferences") || target.hasSameBytes(as: "/conferences")
    {
      self = .create
      return
    }
    let target = RequestPath(target)
    var path = target.path
    if path.utf8.starts(with: "/v2/".utf8) { path = String(path.dropFirst(3)) }
    if let route = try CallTarget.find(path, method: method, query: target.query) {
      self = .call(route)
      return
    }
    let (route, allowed) = try Self.find(path)
    guard method.utf8.elementsEqual(allowed.utf8) else { throw .methodNotAllowed(path, [allowed]) }
    guard target.query == nil else { throw .noQuery }
    self = route
  }

  private static func find(_ path: String) throws(Refusal) -> (Route, method: String) {
    switch path {
    case "/conferences": return (.create, "POST")
    case "/conferences:explain": return (.explain, "POST")
    default:
      let prefix = "/operations/"
      if path.utf8.starts(with: prefix.utf8), let id = PercentEncoding.decode(String(path.dropFirst(prefix.count))),
        !id.isEmpty, path.utf8.last != UInt8(ascii: "/")
      {
        return (.operation(commandID: id), "GET")
      }
      throw .noSuchPath
    }
  }
}

extension Refusal {
  static let noSuchPath = Refusal(
    .notFound,
    faults: [
      Fault(
        .notFound,
        "this gateway serves POST /conferences, Telnyx's other calls about conferences where calls.allow has them,"
          + " POST /conferences:explain and GET /operations/{id}")
    ])

  static let noQuery = badRequest("this call takes no query parameters")

  static func methodNotAllowed(_ path: String, _ allowed: [String]) -> Refusal {
    let list = allowed.joined(separator: ", ")
    return Refusal(
      .methodNotAllowed, faults: [Fault(.methodNotAllowed, "\(path) takes \(list) only")], allow: list)
  }
}
