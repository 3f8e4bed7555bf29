import TestKit

/// The files of a directory as a disk has them whose power may go: what was synced is there; of what was done since, any
/// subset of whole sectors, of sizes, and of names may be.
struct PowerDisk {
  /// What is left of that which was not synced.
  enum Remains: Sendable {
    case nothing, everything
    /// Each sector, each size and each name with this probability.
    case some(probability: Double, seed: UInt64)
  }

  static let sector = 512

  private struct File {
    var synced: [UInt8] = []
    /// As a process sees it.
    var current: [UInt8] = []
    var changes: [Change] = []
  }

  private enum Change {
    case write(offset: Int, bytes: [UInt8])
    case truncate(size: Int)
  }

  private var files: [File] = []
  /// Which file a name has had since the directory was synced, in order; the first is the one that the disk has.
  private var names: [String: [Int?]] = [:]

  mutating func apply(_ change: DiskChange) {
    switch change {
    case .create(let name):
      guard file(name) == nil else { return }
      files.append(File())
      names[name, default: [nil]].append(files.count - 1)
    case .remove(let name): names[name, default: [nil]].append(nil)
    case .syncDirectory: for name in names.keys { names[name] = names[name].map { [$0.last ?? nil] } }
    case .write(let name, let offset, let bytes): add(to: name, .write(offset: offset, bytes: bytes))
    case .append(let name, let bytes):
      add(to: name, .write(offset: file(name).map { files[$0].current.count } ?? 0, bytes: bytes))
    case .truncate(let name, let size): add(to: name, .truncate(size: size))
    case .sync(let name):
      guard let index = file(name) else { return }
      files[index].synced = files[index].current
      files[index].changes = []
    }
  }

  func filesWithoutPowerCut() -> [(name: String, bytes: [UInt8])] { files(after: .everything) }

  /// The files that are there when the power is back.
  func files(after remains: Remains) -> [(name: String, bytes: [UInt8])] {
    var chance = Chance(remains)
    return names.sorted { $0.key < $1.key }.compactMap { name, versions in
      let version = chance.isCertain.map { $0 ? versions.count - 1 : 0 } ?? chance.number(below: versions.count)
      return versions[version].map { (name, bytes(of: files[$0], &chance)) }
    }
  }

  private func bytes(of file: File, _ chance: inout Chance) -> [UInt8] {
    if let isAll = chance.isCertain { return isAll ? file.current : file.synced }
    var bytes = file.synced
    for change in file.changes {
      switch change {
      case .truncate(let size): if chance.takes() { Self.resize(&bytes, to: size) }
      case .write(let offset, let new):
        // The file may have grown without what it grew for.
        if chance.takes(), bytes.count < offset + new.count { Self.resize(&bytes, to: offset + new.count) }
        var start = offset
        while start < offset + new.count {
          let end = min((start / Self.sector + 1) * Self.sector, offset + new.count)
          if chance.takes() { Self.write(new[(start - offset)..<(end - offset)], at: start, to: &bytes) }
          start = end
        }
      }
    }
    return bytes
  }

  private func file(_ name: String) -> Int? { names[name]?.last ?? nil }

  private mutating func add(to name: String, _ change: Change) {
    guard let index = file(name) else { return }
    switch change {
    case .truncate(let size): Self.resize(&files[index].current, to: size)
    case .write(let offset, let bytes): Self.write(bytes[...], at: offset, to: &files[index].current)
    }
    files[index].changes.append(change)
  }

  private static func resize(_ bytes: inout [UInt8], to size: Int) {
    if bytes.count > size {
      bytes.removeLast(bytes.count - size)
    } else {
      bytes += [UInt8](repeating: 0, count: size - bytes.count)
    }
  }

  private static func write(_ new: ArraySlice<UInt8>, at offset: Int, to bytes: inout [UInt8]) {
    if bytes.count < offset + new.count { resize(&bytes, to: offset + new.count) }
    bytes.replaceSubrange(offset..<(offset + new.count), with: new)
  }
}

/// What of a change reached the disk.
private struct Chance {
  /// Whether all of it did, or none; nil = each part by itself.
  let isCertain: Bool?
  private let probability: Double
  private var random: SeededRandom

  init(_ remains: PowerDisk.Remains) {
    switch remains {
    case .nothing: (isCertain, probability, random) = (false, 0, SeededRandom(0))
    case .everything: (isCertain, probability, random) = (true, 1, SeededRandom(0))
    case .some(let probability, let seed):
      (isCertain, self.probability, random) = (nil, probability, SeededRandom(seed))
    }
  }

  mutating func takes() -> Bool { Double.random(in: 0..<1, using: &random) < probability }

  mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
}
