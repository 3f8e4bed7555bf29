import JSON

extension Routes {
  /// - Parameters:
  ///   - kind: whose plan is shown and changed.
  ///   - cleared: whose plans a DELETE takes back.
  func faultHandlers(of kind: CallKind, cleared: [CallKind]) -> [String: Handler] {
    [
      "GET": { _ in showFaults(kind) },
      "POST": { queueFaults($0, kind) },
      "PUT": { setStandingFault($0, kind) },
      "DELETE": { _ in
        done { simulator.withSettings { for kind in cleared { $0[faultsOf: kind] = FaultPlan() } } }
      },
    ]
  }

  private func showFaults(_ kind: CallKind) -> Response {
    let plan = simulator.withSettings { $0[faultsOf: kind] }
    return Response(
      200, ["default": Self.json(plan.standing), "queue": .array(plan.queue.map { Self.json($0) })])
  }

  /// Adds to the queue; null stands for a call that is spared.
  private func queueFaults(_ request: Request, _ kind: CallKind) -> Response {
    guard let specs = argument(of: request)?.array else { return refuse("faults must be an array of fault specs") }
    do throws(FaultSpecError) {
      var faults: [NamedFault?] = []
      for spec in specs { faults.append(try Self.fault(spec)) }
      let queued = faults
      return done { simulator.withSettings { $0[faultsOf: kind].queue += queued } }
    } catch {
      return refuse(error.description)
    }
  }

  private func setStandingFault(_ request: Request, _ kind: CallKind) -> Response {
    guard let spec = argument(of: request) else { return refuse("the default fault must be a fault spec or null") }
    do throws(FaultSpecError) {
      let fault = try Self.fault(spec)
      return done { simulator.withSettings { $0[faultsOf: kind].standing = fault } }
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
