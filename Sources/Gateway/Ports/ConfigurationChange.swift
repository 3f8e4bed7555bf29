internal import Conference
package import JSON

/// What is different between two effective configurations.
package struct ConfigurationChange: Sendable, Equatable {
  /// Where (RFC 6901): a rule, or more where all of that came or went.
  package let pointer: String
  /// nil where there was nothing.
  package let before: JSONValue?
  /// nil where nothing is left.
  package let after: JSONValue?

}

extension [ConfigurationChange] {
  /// In the order of `before`, then what is new.
  package static func all(from before: JSONValue, to after: JSONValue, at pointer: String = "") -> [ConfigurationChange]
  {
    guard let old = before.object, let new = after.object else {
      return before == after ? [] : [ConfigurationChange(pointer: pointer, before: before, after: after)]
    }
    var changes: [ConfigurationChange] = []
    for member in old.members {
      let place = pointer + Fault.pointer(to: member.key)
      if let value = new[member.key] {
        changes += all(from: member.value, to: value, at: place)
      } else {
        changes.append(ConfigurationChange(pointer: place, before: member.value, after: nil))
      }
    }
    for member in new.members where old[member.key] == nil {
      changes.append(
        ConfigurationChange(pointer: pointer + Fault.pointer(to: member.key), before: nil, after: member.value))
    }
    return changes
  }
}
