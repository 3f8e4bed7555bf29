import TestKit

/// Makes requests that are nearly right, from a seed.
struct Damage {
  private var generator: SeededRandom

  init(seed: UInt64) { generator = SeededRandom(seed) }

  /// One to three requests, with up to four mistakes.
  mutating func request() -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...3, using: &generator) { bytes += Array(pick(Self.sound).utf8) }
    for _ in 0..<Int.random(in: 0...4, using: &generator) { spoil(&bytes) }
    return bytes
  }

  private mutating func spoil(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes.remove(at: place)
    case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
    case 3: bytes.removeSubrange(place...)
    case 4: bytes.insert(contentsOf: Array(pick(Self.splinters).utf8), at: place)
    case 5:
      let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
      bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 6:
      let length = Int.random(in: 1...20_000, using: &generator)
      bytes.insert(contentsOf: Array(repeating: bytes[place], count: length), at: place)
    default:
      // At the start of a line, where it hurts most.
      let line = bytes[place...].firstIndex(of: 10).map { $0 + 1 } ?? place
      bytes.insert(contentsOf: Array(pick(Self.splinters).utf8), at: line)
    }
  }

  private mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &generator) ?? "" }

  private static let sound = [
    RequestTests.get("/"), RequestTests.get("/at-once"), RequestTests.get("/a%20b?c=d&e=f"), RequestTests.post("{}"),
    RequestTests.post(String(repeating: "x", count: 3000)), RequestTests.post("{}", to: "/at-once"),
    RequestTests.post(String(repeating: "x", count: 5000)), RequestTests.get("/", "Cookie: a=b; c=\"d\"; e"),
    RequestTests.get("/", "Connection: close"), RequestTests.post("{}", to: "/", "Expect: 100-continue"),
    "GET / HTTP/1.0\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
    RequestTests.get("/bytes/100000"),
  ]

  private static let splinters = [
    "\r\n", "\n", "\r", " ", "\t", ":", "\0", "\r\n\r\n", "\r\n ", "Content-Length: 5\r\n", "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n", "Host: x\r\n", ": x\r\n", "Connection: keep-alive\r\n", "Cookie: =\"\r\n",
    "0\r\n\r\n",
    "ffffffffffffffff\r\n", "7fffffffffffffff\r\n", "GET / HTTP/1.1\r\n", "%00", "?", "HTTP/1.1", ";",
    "Expect: 100-continue\r\n", "Upgrade: h2c\r\nConnection: upgrade\r\n",
  ]
}
