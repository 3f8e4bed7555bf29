/// The request line and the header fields of one request (RFC 9112, sections 3 and 5).
struct RequestHead: Sendable {
  let method: String
  let target: RequestTarget
  /// Names in lower case, in the order in which they came.
  let headers: [(name: String, value: String)]
  let bodyFraming: BodyFraming
  let keepsAlive: Bool

  enum BodyFraming: Equatable {
    case length(Int)
    case chunked
  }

  /// - Parameter bytes: all up to the empty line, and without it.
  init(parsing bytes: some BidirectionalCollection<UInt8>) throws(RequestError) {
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { line in
      line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
    let words = lines.first.map { $0.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) } }
    guard let words, words.count == 3, words[1].utf8.first == UInt8(ascii: "/") else {
      throw .malformed("The request line is malformed.")
    }
    guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { throw .malformed("The HTTP version is unknown.") }
    method = words[0]
    target = RequestTarget(words[1])

    var headers: [(name: String, value: String)] = []
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
        throw .malformed("A header field is malformed.")
      }
      let value = line[line.index(after: colon)...].trimmingBlanks
      headers.append(
        (String(decoding: line[..<colon], as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self)))
    }
    self.headers = headers
    bodyFraming = try Self.framing(headers)

    let options = headers.filter { $0.name == "connection" }.map { $0.value.lowercased() }.joined(separator: ",")
    keepsAlive = words[2] == "HTTP/1.1" ? !options.contains("close") : options.contains("keep-alive")
  }

  /// The first value of a header field.
  ///
  /// - Parameter name: in lower case.
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// Whether the client waits for a 100 before it sends the body (RFC 9110, section 10.1.1).
  var expectsContinue: Bool { header("expect")?.lowercased() == "100-continue" && bodyFraming != .length(0) }

  /// Whether this is a call to the simulator itself rather than to the API that it stands in for.
  var isControl: Bool { target.path.first == "simulator" }

  /// Two ways to say where the body ends could differ, and two readers could disagree on them: refused.
  private static func framing(_ headers: [(name: String, value: String)]) throws(RequestError) -> BodyFraming {
    let lengths = headers.filter { $0.name == "content-length" }.map(\.value)
    let codings = headers.filter { $0.name == "transfer-encoding" }.map { $0.value.lowercased() }
    guard lengths.count + codings.count <= 1 else { throw .malformed("The body's length is given more than once.") }
    if let coding = codings.first {
      guard coding == "chunked" else { throw .malformed("The transfer coding is unknown.") }
      return .chunked
    }
    guard let text = lengths.first else { return .length(0) }
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let length = Int(text) else {
      throw .malformed("Content-Length is no number.")
    }
    return .length(length)
  }
}

extension BidirectionalCollection where Element == UInt8 {
  fileprivate var trimmingBlanks: SubSequence {
    let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    let start = firstIndex { !isBlank($0) } ?? endIndex
    let end = lastIndex { !isBlank($0) }.map(index(after:)) ?? start
    return self[start..<end]
  }
}
