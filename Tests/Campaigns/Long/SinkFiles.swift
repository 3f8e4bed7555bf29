import Crypto
import Foundation
import JSON
import TestKit

/// What a gateway wrote to its file sink, the oldest file first, read and checked a file at a time: there may be more of it
/// than memory.
struct SinkFiles {
  /// Of the newest record.
  private(set) var seq: Int64 = 0
  private(set) var hash = [UInt8](repeating: 0, count: 32)
  /// Requests by decision: a record may tell of many.
  private(set) var decisions: [String: Int] = [:]
  /// Commands that were forwarded, each once.
  private(set) var forwarded: Set<String> = []

  private static let previous = Array(#","prev":""#.utf8)
  private static let middle = Array(#"","hash":""#.utf8)
  private static let end = Array(#""}"#.utf8)
  private static let hashes = previous.count + 64 + middle.count + 64 + end.count

  /// - Parameter path: of the newest file; older ones have numbers.
  init(path: String) throws {
    var paths = [path]
    while case let older = "\(path).\(paths.count)", FileManager.default.fileExists(atPath: older) {
      paths.append(older)
    }
    for path in paths.reversed() {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      guard bytes.isEmpty || bytes.last == UInt8(ascii: "\n") else { throw Failure("\(path) ends within a record") }
      for line in bytes.split(separator: UInt8(ascii: "\n")) { try take(line) }
    }
  }

  private mutating func take(_ line: ArraySlice<UInt8>) throws {
    let text = line.dropLast(Self.hashes) + Array("}".utf8)
    let next = Digest.sha256(hash + text)
    let expected = Self.previous + Array(hash.hex.utf8) + Self.middle + Array(next.hex.utf8) + Self.end
    let record = try JSONValue.parse(Array(text))
    guard line.suffix(Self.hashes).elementsEqual(expected), record["seq"]?.integer == seq + 1 else {
      throw Failure("record \(seq + 1) is broken, or missing: \(String(decoding: line, as: UTF8.self))")
    }
    (seq, hash) = (seq + 1, next)
    let decision = record["decision"]?.string ?? ""
    decisions[decision, default: 0] += Int(record["count"]?.integer ?? 1)
    guard decision == "forwarded" else { return }
    guard forwarded.insert(record["command_id"]?.string ?? "").inserted else {
      throw Failure("record \(seq) says of a command for the second time that it was forwarded")
    }
  }
}
