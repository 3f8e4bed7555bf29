internal import Conference
internal import Gateway
internal import Policy

/// What one team's file says.
struct TeamFile {
  let reader: FileReader
  var name: String?
  /// Where the name stands.
  var position: Position = .start
  var callers: [ReadCaller] = []
  var policy: ReadPolicy
  var limits: [ReadLimit] = []
  var calls: ReadCalls?
  var keyless: ReadJoin?

  static let keys = ["version", "team", "callers", "policy", "limits", "calls", "keyless"]

  static func read(_ root: YAMLValue, reader: FileReader) -> TeamFile {
    // A file whose name can't be read has rules all the same, and they are judged.
    var file = TeamFile(reader: reader, policy: ReadPolicy(origin: .team(reader.file), file: reader.file))
    guard let section = reader.section(root, "", known: keys) else { return file }
    reader.checkVersion(section)
    if let name = section.required("team") {
      file.name = reader.identifier(name, "team")
      file.position = name.position
    }
    if let callers = section.required("callers") { file.callers = reader.callers(callers) }
    if let policy = section["policy"] {
      file.policy = reader.policy(policy, origin: .team(file.name ?? reader.file))
    }
    if let limits = section["limits"] { file.limits = reader.limits(limits, of: .team) }
    file.calls = reader.calls(section)
    file.keyless = reader.keyless(section)
    return file
  }
}

/// A caller, and where its credential stands.
struct ReadCaller {
  let caller: Caller
  let position: Position
}
