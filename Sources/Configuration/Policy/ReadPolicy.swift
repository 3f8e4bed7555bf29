internal import Conference
internal import Policy

/// The rules of one file, and where each word of them stands.
struct ReadPolicy {
  var layer: PolicyLayer
  let file: String
  private var positions: [PolicyConflict.Place: Position] = [:]

  init(origin: PolicyLayer.Origin, file: String) {
    layer = PolicyLayer(origin: origin)
    self.file = file
  }

  mutating func note(_ field: Field?, _ kind: RuleKind, at position: Position) {
    positions[PolicyConflict.Place(origin: layer.origin, field: field, kind: kind)] = position
  }

  func position(of place: PolicyConflict.Place) -> Position? { positions[place] }
}
