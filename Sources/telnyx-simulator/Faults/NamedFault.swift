/// A fault along with the text that asked for it, so that the plan can be read back.
struct NamedFault: Sendable {
  let spec: String
  let fault: Fault

  init(_ spec: String) throws(FaultSpecError) {
    self.spec = spec
    fault = try Fault(parsing: spec)
  }
}
