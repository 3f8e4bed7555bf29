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

  /// Each rule as refusals name it, and where it stands.
  var places: [(rule: String, position: Position)] {
    positions.map { place, position in
      (place.field.map { "\($0.name).\(place.kind.rawValue)" } ?? place.kind.rawValue, position)
    }
  }

  func position(of place: PolicyConflict.Place) -> Position? { positions[place] }
}
