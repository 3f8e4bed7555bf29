extension String {
  /// Whether both are the same bytes: to Swift's `==` a composed and a decomposed letter are equal, to everybody else
  /// they are two texts.
  ///
  /// `utf8.elementsEqual` says the same, but asks both texts for one byte after the other.
  package func hasSameBytes(as other: String) -> Bool {
    let left = utf8
    let right = other.utf8
    // Equal bytes are equal texts, which `==` knows quickly for the texts that most are.
    guard left.count == right.count, self == other else { return false }
    let areEqual = left.withContiguousStorageIfAvailable { left in
      right.withContiguousStorageIfAvailable { right in
        // Without a way out, so that the compiler compares many at a time.
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
      }
    }
    return areEqual.flatMap(\.self) ?? left.elementsEqual(right)
  }
}
