/// Why a text is no fault.
struct FaultSpecError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
