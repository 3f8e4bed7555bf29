internal import Glibc

extension ArraySlice<UInt8> {
  /// How many lines end here. By memchr(3): Swift's `count(where:)` looks at one byte after the other.
  var lineEnds: Int64 {
    withUnsafeBytes { bytes in
      guard var place = bytes.baseAddress else { return 0 }
      let end = place + bytes.count
      var count: Int64 = 0
      while let found = memchr(place, 0x0A, end - place) {
        count += 1
        place = UnsafeRawPointer(found) + 1
      }
      return count
    }
  }
}
