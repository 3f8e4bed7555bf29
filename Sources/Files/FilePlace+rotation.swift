extension FilePlace {
  /// Whether one of its names is one that a file at `other` gets when it is rotated: `NAME.1` to `NAME.keep`.
  package func isRotation(of other: FilePlace, keep: Int) -> Bool {
    guard let base = other.names.last else { return false }
    return names.contains { name in
      guard name.directory == base.directory, name.name.starts(with: base.name) else { return false }
      let rest = name.name.dropFirst(base.name.count)
      guard rest.first == UInt8(ascii: "."), rest.dropFirst().first != UInt8(ascii: "0") else { return false }
      return Int(String(decoding: rest.dropFirst(), as: UTF8.self)).map { (1...max(keep, 1)).contains($0) } ?? false
    }
  }
}
