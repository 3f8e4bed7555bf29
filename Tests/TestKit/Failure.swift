/// Something that a test took for granted isn't so.
package struct Failure: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// The value, or the end of the test.
package func unwrap<Value>(_ value: Value?, _ otherwise: String) throws -> Value {
  guard let value else { throw Failure(otherwise) }
  return value
}
