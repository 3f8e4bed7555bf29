import JSON

extension Routes {
  func showFaults() -> Response {
    let plan = simulator.withSettings { $0.faults }
    return Response(
      200, ["default": Self.json(plan.standing), "queue": .array(plan.queue.map { Self.json($0) })])
  }

  /// Adds to the queue; null stands for a create that is spared.
  func queueFaults(_ request: Request) -> Response {
    guard let specs = argument(of: request)?.array else { return refuse("faults must be an array of fault specs") }
    do throws(FaultSpecError) {
      var faults: [NamedFault?] = []
      for spec in specs { faults.append(try Self.fault(spec)) }
      let queued = faults
      return done { simulator.withSettings { $0.faults.queue += queued } }
    } catch {
      return refuse(error.description)
    }
  }

  func setStandingFault(_ request: Request) -> Response {
    guard let spec = argument(of: request) else { return refuse("the default fault must be a fault spec or null") }
    do throws(FaultSpecError) {
      let fault = try Self.fault(spec)
      return done { simulator.withSettings { $0.faults.standing = fault } }
    } catch {
      return refuse(error.description)
    }
  }

  private static func fault(_ spec: JSONValue) throws(FaultSpecError) -> NamedFault? {
    if spec == .null { return nil }
    guard let text = spec.string else { throw FaultSpecError("a fault spec must be a string or null") }
    return try NamedFault(text)
  }

  private static func json(_ fault: NamedFault?) -> JSONValue { fault.map { .string($0.spec) } ?? .null }
}
