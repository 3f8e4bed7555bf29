internal import Crypto
internal import JSON
package import TestKit

/// The audit's chain, checked by the definition alone: each hash is SHA-256 over the 32 bytes of the one before it (zeros at
/// first) and the record's text; records count from 1.
package enum ChainCheck {
  package static func check(_ records: [LedgerContents.Record]) throws {
    var previous = [UInt8](repeating: 0, count: 32)
    for (index, record) in records.enumerated() {
      guard record.seq == Int64(index + 1), try JSONValue.parse(record.text)["seq"]?.integer == record.seq else {
        throw Failure("record \(index + 1) has the number \(record.seq)")
      }
      guard Digest.sha256(previous + record.text) == record.hash else {
        throw Failure("record \(record.seq) is broken")
      }
      previous = record.hash
    }
  }

  /// What gateways streamed: no line that the table doesn't have, none missing, none out of order.
  ///
  /// - Parameter streams: one for each process, in order.
  package static func check(
    _ streams: [String], of sink: String, against records: [LedgerContents.Record], isComplete: Bool
  ) throws {
    let zero = String(repeating: "0", count: 64)
    var lines: [Int64: String] = [:]
    for stream in streams {
      var last: Int64?
      // What was cut off by a kill ends with no line feed.
      for line in stream.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        guard let seq = try JSONValue.parse(Array(line.utf8))["seq"]?.integer, last.map({ $0 + 1 == seq }) ?? true,
          lines[seq].map({ $0.utf8.elementsEqual(line.utf8) }) ?? true
        else { throw Failure("a streamed line is out of order, or says other than before: \(line)") }
        lines[seq] = String(line)
        last = seq
      }
    }
    var previous = zero
    for record in records {
      let expected =
        String(decoding: record.text.dropLast(), as: UTF8.self)
        + #","prev":"\#(previous)","hash":"\#(record.hash.hex)"}"#
      previous = record.hash.hex
      if let line = lines.removeValue(forKey: record.seq) {
        guard line == expected else { throw Failure("a streamed line isn't what the ledger has: \(line)") }
      } else if isComplete {
        throw Failure("record \(record.seq) of \(records.count) never came to the sink \(sink)")
      }
    }
    guard lines.isEmpty else { throw Failure("streamed, but not in the ledger: \(lines.values.first ?? "")") }
  }
}
