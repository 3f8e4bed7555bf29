internal import CLinux
internal import Glibc

extension AuditVerifier {
  private static let blockLength = 256 << 10
  /// No line of ours is longer; a file without any line feed must not be read into memory whole.
  private static let maximumLine = 16 << 20

  /// Follows a file line by line.
  ///
  /// - Parameter path: `-` for standard input.
  /// - Throws: `AuditFileError` where it can't be read, `AuditFinding` where something is wrong.
  package mutating func take(file path: String) throws {
    let file = path == "-" ? STDIN_FILENO : convene_open(path, O_RDONLY | O_CLOEXEC, 0)
    guard file >= 0 else { throw AuditFileError(path) }
    defer { if path != "-" { close(file) } }
    var place = AuditFinding.Place(file: path == "-" ? "standard input" : path, line: 1)
    var block = [UInt8](repeating: 0, count: Self.blockLength)
    var begun: [UInt8] = []
    var isAtStart = true
    while true {
      let count = read(file, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw AuditFileError(path) }
      if count == 0 { break }
      if isAtStart, let other = OtherFile(start: block[..<count]) { throw AuditFileError(place.file, other.advice) }
      isAtStart = false
      try take(block[..<count], &begun, at: &place)
    }
    guard begun.isEmpty else {
      throw AuditFinding.torn(place)
    }
  }

  /// Takes the whole lines of some bytes.
  ///
  /// - Parameter begun: of a line, what came before these bytes; then, what is left of them.
  package mutating func take(
    _ bytes: ArraySlice<UInt8>, _ begun: inout [UInt8], at place: inout AuditFinding.Place
  ) throws(AuditFinding) {
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if begun.isEmpty {
        try take(line: rest[..<end], at: place)
      } else {
        begun.append(contentsOf: rest[..<end])
        try take(line: begun[...], at: place)
        begun.removeAll(keepingCapacity: true)
      }
      place.line += 1
      rest = rest[(end + 1)...]
    }
    begun.append(contentsOf: rest)
    guard begun.count <= Self.maximumLine else {
      throw AuditFinding(.edited, place, "this is no record of an audit")
    }
  }
}

/// Why a file can't be read: the error of the call that has just failed.
package struct AuditFileError: Error, Sendable, CustomStringConvertible {
  package let description: String

  init(_ path: String) { description = "\(path): \(String(cString: strerror(errno)))" }

  init(_ path: String, _ advice: String) { description = "\(path): \(advice)" }
}

/// What is given where an audit's file is due, and is as good as one: nobody has edited it.
private enum OtherFile: CaseIterable {
  case ledger, compressed

  init?(start: ArraySlice<UInt8>) {
    guard let other = Self.allCases.first(where: { start.starts(with: $0.mark) }) else { return nil }
    self = other
  }

  /// (sqlite.org/fileformat2.html, "Magic Header String"; RFC 1952, section 2.3.1.)
  private var mark: [UInt8] {
    switch self {
    case .ledger: Array("SQLite format 3\0".utf8)
    case .compressed: [0x1F, 0x8B]
    }
  }

  var advice: String {
    switch self {
    case .ledger: "this is a ledger and not what was exported from one; give it with --ledger"
    case .compressed: "this is compressed; give it unpacked: gzip -dc FILE | convene audit verify -"
    }
  }
}
