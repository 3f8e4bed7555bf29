import Foundation

/// The files beside this folder.
enum Corpus {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: path))) }

  /// The kept inputs of a target, and those that were written by hand. Both lie in one file each, an input as its length in
  /// decimal, a colon, its bytes and a line feed.
  static func inputs(of target: FuzzTarget) throws -> [[UInt8]] {
    let seeds = "Seeds/\(target.rawValue)"
    let isSeeded = FileManager.default.fileExists(atPath: folder.appending(path: seeds).path())
    return try unpack("Corpora/\(target.rawValue)") + (isSeeded ? unpack(seeds) : [])
  }

  private static func unpack(_ path: String) throws -> [[UInt8]] {
    var rest = try bytes(path)[...]
    var inputs: [[UInt8]] = []
    while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
      guard let count = Int(String(decoding: rest[..<colon], as: UTF8.self)), rest.endIndex - colon - 1 > count else {
        throw CocoaError(.fileReadCorruptFile)
      }
      inputs.append(Array(rest[(colon + 1)...].prefix(count)))
      rest = rest[(colon + 1)...].dropFirst(count + 1)
    }
    return inputs
  }

  static func crashes() throws -> [(FuzzTarget, String)] {
    try FuzzTarget.allCases.flatMap { target in
      let path = folder.appending(path: "Crashes/\(target.rawValue)").path()
      let names =
        FileManager.default.fileExists(atPath: path) ? try FileManager.default.contentsOfDirectory(atPath: path) : []
      return names.sorted().map { (target, $0) }
    }
  }
}
