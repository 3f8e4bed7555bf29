internal import Gateway

extension HeaderFields {
  /// Gives each field's name and value, ended by a zero as C wants them. They live as long as the call.
  func forEachCString(_ body: (_ name: UnsafePointer<CChar>, _ value: UnsafePointer<CChar>) -> Void) {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 2 * entries.count) { room in
      guard var next = room.baseAddress else { return }
      func copy(_ range: Range<Int>) -> UnsafePointer<CChar> {
        let start = next
        bytes[range].withUnsafeBytes { text in
          UnsafeMutableRawBufferPointer(start: start, count: text.count).copyMemory(from: text)
        }
        start[range.count] = 0
        next = start + range.count + 1
        return UnsafePointer(start)
      }
      for entry in entries { body(copy(entry.name), copy(entry.value)) }
    }
  }
}
