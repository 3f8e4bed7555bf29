/// Takes requests off a stream, one after the other.
struct RequestReader {
  static let largestHead = 64 << 10
  static let largestBody = 1 << 20

  private let stream: any ByteStream
  /// What has come and belongs to no request yet.
  private var buffer: [UInt8] = []

  init(_ stream: any ByteStream) { self.stream = stream }

  /// - Returns: nil when the client left between two requests, which is its right.
  mutating func readHead() throws(RequestError) -> RequestHead? {
    var searched = 0
    while true {
      if let end = endOfHead(from: searched) {
        guard end <= Self.largestHead else { throw .headTooLarge }
        defer { buffer.removeFirst(end + 4) }
        return try RequestHead(parsing: buffer[..<end])
      }
      guard buffer.count <= Self.largestHead else { throw .headTooLarge }
      searched = max(0, buffer.count - 3)
      guard receive() else {
        if buffer.isEmpty { return nil }
        throw .abandoned
      }
    }
  }

  mutating func readBody(_ framing: RequestHead.BodyFraming) throws(RequestError) -> [UInt8] {
    switch framing {
    case .length(let length):
      guard length <= Self.largestBody else { throw .bodyTooLarge }
      return try take(length)
    case .chunked: return try readChunks()
    }
  }

  /// RFC 9112, section 7.1. Extensions and trailers are dropped.
  private mutating func readChunks() throws(RequestError) -> [UInt8] {
    var body: [UInt8] = []
    while true {
      let digits = try takeLine().prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
      guard digits.count <= 8, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else {
        throw .malformed("A chunk's size is no number.")
      }
      if size == 0 { break }
      guard body.count + size <= Self.largestBody else { throw .bodyTooLarge }
      body += try take(size)
      guard try takeLine().isEmpty else { throw .malformed("A chunk is longer than its size.") }
    }
    while try !takeLine().isEmpty {}
    return body
  }

  private mutating func take(_ count: Int) throws(RequestError) -> [UInt8] {
    while buffer.count < count {
      guard receive() else { throw .abandoned }
    }
    defer { buffer.removeFirst(count) }
    return Array(buffer[..<count])
  }

  private mutating func takeLine() throws(RequestError) -> [UInt8] {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer.removeFirst(end + 1) }
        let line = buffer[..<end]
        return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
      }
      guard buffer.count <= Self.largestHead else { throw .malformed("A chunk's line is too long.") }
      guard receive() else { throw .abandoned }
    }
  }

  private func endOfHead(from start: Int) -> Int? {
    let mark: [UInt8] = [13, 10, 13, 10]
    guard buffer.count >= start + mark.count else { return nil }
    return (start...(buffer.count - mark.count)).first { index in
      buffer[index] == 13 && buffer[index..<(index + mark.count)].elementsEqual(mark)
    }
  }

  private mutating func receive() -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { space in
      let count = stream.read(into: space)
      buffer.append(contentsOf: space[..<count])
      return count > 0
    }
  }
}
