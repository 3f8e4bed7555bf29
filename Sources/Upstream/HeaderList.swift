internal import CCurl
internal import Crypto
internal import Gateway

/// The header lines of one attempt, as libcurl wants them. One owner; freed with it.
struct HeaderList: ~Copyable {
  private(set) var first: UnsafeMutablePointer<curl_slist>?

  init() {}

  /// - Parameter hasLargeBody: the body is so large that libcurl would ask before it sends it.
  init(_ fields: RequestFields, token: TokenStore.Token?, hasLargeBody: Bool) {
    append("Content-Type: application/json")
    append("Accept: application/json")
    // An empty value takes a line back that libcurl would add by itself. Not always: for each field that it knows, libcurl
    // goes through all lines.
    if hasLargeBody { append("Expect:") }
    var line: [CChar] = []
    line.reserveCapacity(256)
    if let token {
      let bytes = token.reveal()
      append(Self.authorization[...], bytes[...], by: &line)
    }
    for entry in fields.entries where Self.isSafe(fields.bytes[entry.name], fields.bytes[entry.value]) {
      append(fields.bytes[entry.name], Self.separator[...], fields.bytes[entry.value], by: &line)
    }
  }

  deinit { curl_slist_free_all(first) }

  /// - Parameter line: room for the line, used for one after the other.
  private mutating func append(
    _ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>, _ third: ArraySlice<UInt8> = [], by line: inout [CChar]
  ) {
    line.removeAll(keepingCapacity: true)
    first.withUnsafeBytes { line.append(contentsOf: $0.bindMemory(to: CChar.self)) }
    second.withUnsafeBytes { line.append(contentsOf: $0.bindMemory(to: CChar.self)) }
    third.withUnsafeBytes { line.append(contentsOf: $0.bindMemory(to: CChar.self)) }
    line.append(0)
    line.withUnsafeBufferPointer { append($0.baseAddress) }
  }

  private mutating func append(_ line: UnsafePointer<CChar>?) {
    // On failure the list stays as it was, without this line.
    if let list = curl_slist_append(first, line) { first = list }
  }

  /// A name of token characters only, a value without control characters (RFC 9110, section 5): nothing that a caller
  /// writes can become a second line. To libcurl an empty value would mean something else, so it stays behind.
  private static func isSafe(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
    !name.isEmpty && !value.isEmpty
      && name.allSatisfy { isNameByte[Int($0)] }
      && value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }

  private static let isNameByte: [Bool] = {
    let separators = "()<>@,;:\\\"/[]?={}".utf8
    return (UInt8.min ... .max).map { byte in byte > 0x20 && byte < 0x7F && !separators.contains(byte) }
  }()

  private static let authorization = Array("Authorization: Bearer ".utf8)
  private static let separator = Array(": ".utf8)
}
