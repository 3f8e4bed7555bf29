internal import CCurl
internal import Crypto
internal import Gateway

/// The header lines of one attempt, as libcurl wants them. One owner; freed with it.
struct HeaderList: ~Copyable {
  private(set) var first: UnsafeMutablePointer<curl_slist>?

  init() {}

  init(_ fields: RequestFields, token: TokenStore.Token?) {
    append("Content-Type: application/json")
    append("Accept: application/json")
    // An empty value takes a line back that libcurl would add by itself.
    append("Expect:")
    if let token { append("Authorization: Bearer " + String(decoding: token.reveal(), as: UTF8.self)) }
    for entry in fields.entries where Self.isSafe(fields.bytes[entry.name], fields.bytes[entry.value]) {
      append(fields.text(entry.name) + ": " + fields.text(entry.value))
    }
  }

  deinit { curl_slist_free_all(first) }

  private mutating func append(_ line: String) {
    // On failure the list stays as it was, without this line.
    if let list = curl_slist_append(first, line) { first = list }
  }

  /// A name of token characters only, a value without control characters (RFC 9110, section 5): nothing that a caller
  /// writes can become a second line. To libcurl an empty value would mean something else, so it stays behind.
  private static func isSafe(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
    !name.isEmpty && !value.isEmpty
      && name.allSatisfy { $0 > 0x20 && $0 < 0x7F && !separators.contains($0) }
      && value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }

  private static let separators = Array("()<>@,;:\\\"/[]?={}".utf8)
}
