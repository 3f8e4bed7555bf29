internal import CCurl
internal import Crypto
internal import Gateway

/// The header lines of one attempt, as libcurl wants them. One owner; freed with it.
///
/// All text is one allocation, and all entries of the list are another: `curl_slist_append` would make two for each line.
struct HeaderList: ~Copyable {
  /// Of a list whose entries follow each other in memory.
  let first: UnsafeMutablePointer<curl_slist>
  private let text: UnsafeMutablePointer<UInt8>
  private var lines = 0
  private var end = 0

  /// - Parameters:
  ///   - userAgent: the line where the fields have none. Given to libcurl as an option it would be written out for each
  ///     transfer, also where the fields have one.
  ///   - traceparent: of this attempt; nil = none.
  ///   - hasLargeBody: the body is so large that libcurl would ask before it sends it.
  init(
    _ fields: HeaderFields, userAgent: [UInt8], traceparent: TraceParent? = nil, token: TokenStore.Token?,
    hasLargeBody: Bool
  ) {
    let secret = token?.reveal() ?? []
    let trace = traceparent?.bytes ?? []
    let most = Self.own.count + 4 + fields.entries.count
    first = .allocate(capacity: most)
    text = .allocate(
      capacity: Self.own.reduce(userAgent.count) { $0 + $1.count } + Self.noExpect.count + Self.authorization.count
        + secret.count + Self.traceparent.count + trace.count + fields.bytes.count + most * (Self.separator.count + 1))
    for line in Self.own { append(line[...]) }
    if !fields.contains("user-agent") { append(userAgent[...]) }
    // An empty value takes a line back that libcurl would add by itself. Not always: for each field that it knows, libcurl
    // goes through all lines.
    if hasLargeBody { append(Self.noExpect[...]) }
    if token != nil { append(Self.authorization[...], secret[...]) }
    if !trace.isEmpty { append(Self.traceparent[...], trace[...]) }
    for entry in fields.entries where Self.isSafe(entry, of: fields) {
      append(fields.bytes[entry.name], Self.separator[...], fields.bytes[entry.value])
    }
  }

  deinit {
    first.deallocate()
    text.deallocate()
  }

  /// Adds a line that has room in both allocations.
  private mutating func append(
    _ start: ArraySlice<UInt8>, _ middle: ArraySlice<UInt8> = [], _ rest: ArraySlice<UInt8> = []
  ) {
    let line = UnsafeMutableRawPointer(text + end).assumingMemoryBound(to: CChar.self)
    write(start)
    write(middle)
    write(rest)
    text[end] = 0
    end += 1
    (first + lines).initialize(to: curl_slist(data: line, next: nil))
    if lines > 0 { first[lines - 1].next = first + lines }
    lines += 1
  }

  private mutating func write(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      (text + end).initialize(from: base, count: bytes.count)
    }
    end += bytes.count
  }

  /// A name of token characters only, a value without control characters (RFC 9110, section 5): nothing that a caller
  /// writes can become a second line. To libcurl an empty value would mean something else, so it stays behind.
  private static func isSafe(_ entry: HeaderFields.Entry, of fields: HeaderFields) -> Bool {
    !entry.value.isEmpty && fields.hasToken(entry.name) && fields.hasNoControl(entry.value)
  }

  private static let own = [
    "Content-Type: application/json", "Accept: application/json",
    // Nothing of its own: libcurl would ask for all that it can decode.
    "Accept-Encoding:",
  ].map { Array($0.utf8) }
  private static let noExpect = Array("Expect:".utf8)
  private static let authorization = Array("Authorization: Bearer ".utf8)
  private static let traceparent = Array("\(TraceParent.name): ".utf8)
  private static let separator = Array(": ".utf8)
}
