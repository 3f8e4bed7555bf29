/// Where a statement's texts and BLOBs lie from their binding until the statement has run, one behind the other.
///
/// SQLite can copy them itself, with an allocation for each, and in a commit of a command there are twenty.
final class BoundBytes {
  private static let capacity = 8192

  /// nil until something is bound: most statements have numbers only.
  private var room: UnsafeMutableRawPointer?
  private var used = 0

  deinit { room?.deallocate() }

  /// - Returns: where the copy is until `clear`; nil where there is no room for it.
  func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
    guard bytes.count <= Self.capacity - used else { return nil }
    let start = room ?? .allocate(byteCount: Self.capacity, alignment: 1)
    room = start
    let place = start + used
    if let source = bytes.baseAddress { place.copyMemory(from: source, byteCount: bytes.count) }
    used += bytes.count
    return UnsafeRawPointer(place)
  }

  func clear() { used = 0 }
}
