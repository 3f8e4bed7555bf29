package import JSON

/// One reply as it came over the wire.
package struct WireReply: Sendable {
  package let status: Int
  /// Names in lower case.
  package let headers: [String: String]
  package let body: [UInt8]

  package func json() throws -> JSONValue { try JSONValue.parse(body) }

  package var text: String { String(decoding: body, as: UTF8.self) }

  /// Of Telnyx's envelope.
  package var errors: [JSONValue] { (try? json())?["errors"]?.array ?? [] }

  package var code: String? { errors.first?["code"]?.string }

  /// What the gateway says of an error that it made itself.
  package var meta: JSONValue? { errors.first?["meta"] }

  package var conferenceID: String? { try? json()["data"]?["id"]?.string }

  /// - Returns: the reply and how many bytes it took, or nil while it is not whole.
  package static func parse(_ bytes: [UInt8]) -> (WireReply, Int)? {
    guard let (status, headers, start) = head(bytes) else { return nil }
    let end = start + (headers["content-length"].flatMap { Int($0) } ?? 0)
    guard bytes.count >= end else { return nil }
    return (WireReply(status: status, headers: headers, body: Array(bytes[start..<end])), end)
  }

  /// The reply whose body is all that is left, whatever its length says.
  package static func parseAll(_ bytes: [UInt8]) -> WireReply? {
    head(bytes).map { WireReply(status: $0.status, headers: $0.headers, body: Array(bytes[$0.start...])) }
  }

  /// A request or reply with its Content-Length.
  ///
  /// - Returns: its head, its body and the bytes that both take, or nil while it is not whole.
  package static func message(_ bytes: [UInt8]) -> (head: String, body: [UInt8], length: Int)? {
    guard let (_, headers, start) = head(bytes) else { return nil }
    let end = start + (headers["content-length"].flatMap { Int($0) } ?? 0)
    guard bytes.count >= end else { return nil }
    return (String(decoding: bytes[..<(start - 4)], as: UTF8.self), Array(bytes[start..<end]), end)
  }

  private static func head(_ bytes: [UInt8]) -> (status: Int, headers: [String: String], start: Int)? {
    let mark = Array("\r\n\r\n".utf8)
    guard bytes.count >= 4,
      let end = (0...(bytes.count - 4)).first(where: { bytes[$0..<($0 + 4)].elementsEqual(mark) })
    else { return nil }
    let lines = bytes[..<end].split(separator: 10).map { line in
      String(decoding: line.filter { $0 != 13 }, as: UTF8.self)
    }
    let status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
    let fields = lines.dropFirst().map { line in line.split(separator: ":", maxSplits: 1).map { String($0) } }
    let headers = Dictionary(fields.map { ($0[0].lowercased(), String($0[1].drop { $0 == " " })) }) { "\($0), \($1)" }
    return (status, headers, end + 4)
  }
}
