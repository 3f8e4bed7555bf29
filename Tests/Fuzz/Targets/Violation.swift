/// Something that must hold for every input and did not hold for one.
struct Violation: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// - Parameter promise: in words, what must hold.
func require(_ condition: Bool, _ promise: @autoclosure () -> String) throws(Violation) {
  if !condition { throw Violation(promise()) }
}

/// The value that must be there.
func require<Value>(_ value: Value?, _ promise: @autoclosure () -> String) throws(Violation) -> Value {
  guard let value else { throw Violation(promise()) }
  return value
}
