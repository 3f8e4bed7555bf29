import CAllocations

/// A pure part of a request, to be done again and again.
struct Operation {
  let name: String
  let work: () throws -> Void

  init(_ name: String, _ work: @escaping () throws -> Void) {
    self.name = name
    self.work = work
  }

  func repeated(_ times: Int) throws {
    for _ in 0..<times { try work() }
  }

  /// Lets nobody leave a result out because it is not used.
  @inline(__always)
  static func keep<Value>(_ value: Value) {
    withUnsafePointer(to: value) { convene_keep($0) }
  }
}
