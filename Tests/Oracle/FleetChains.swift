internal import JSON
package import TestKit

/// The chains of a shared ledger: each replica has one, from its first record to what its row says, and its processes streamed nothing
/// else.
package enum FleetChains {
  /// - Parameter streams: by replica, what its processes wrote to their standard output, in their order.
  package static func check(_ contents: FleetContents, _ streams: [String: [String]]) throws {
    for writer in contents.writers {
      do {
        try check(writer, streams)
      } catch {
        throw Failure("the chain of \(writer.replica): \(error)")
      }
    }
    if let unknown = streams.first(where: { name, lines in
      lines.contains { !$0.isEmpty } && !contents.writers.contains { $0.replica == name }
    }) {
      throw Failure("the chain of \(unknown.key) is gone")
    }
  }

  private static func check(_ writer: FleetContents.Writer, _ streams: [String: [String]]) throws {
    try ChainCheck.check(writer.records)
    guard let first = writer.records.first, let last = writer.records.last else {
      guard writer.seq == 0 else { throw Failure("no records, where there should be \(writer.seq)") }
      return
    }
    let opening = try JSONValue.parse(first.text)
    guard opening["decision"]?.string == "chain", opening["replica"]?.string == writer.replica,
      opening["writer"]?.integer == writer.id
    else { throw Failure("begins with \(String(decoding: first.text, as: UTF8.self))") }
    guard last.seq == writer.seq, last.hash == writer.hash else {
      throw Failure("ends with \(last.seq), and its head is \(writer.seq)")
    }
    guard let streams = streams[writer.replica] else { throw Failure("nobody's") }
    try ChainCheck.check(streams, of: "stdout", against: writer.records, isComplete: true)
  }
}
