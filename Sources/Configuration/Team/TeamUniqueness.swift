internal import Gateway

/// What may stand only once in all team files together: a team's name, and whatever tells who is calling.
enum TeamUniqueness {
  static func check(_ files: [TeamFile]) {
    var names: [String: String] = [:]
    var credentials: [Credential: String] = [:]
    for file in files {
      let reader = file.reader
      if let name = file.name {
        if let first = names[name] {
          reader.report(file.position, "there is a team named \(name) already (\(first))")
        } else {
          names[name] = "\(reader.file):\(file.position.line):\(file.position.column)"
        }
      }
      for read in file.callers {
        let credential = Credential(read.caller.credential)
        if let first = credentials[credential] {
          reader.report(read.position, "callers: \(credential.sentence) already (\(first))")
        } else {
          credentials[credential] = "\(reader.file):\(read.position.line):\(read.position.column)"
        }
      }
    }
  }

  private enum Credential: Hashable {
    case key([UInt8])
    case user(UInt32)
    case certificate(CertificateName)
    case anonymous

    init(_ credential: Caller.Credential) {
      self =
        switch credential {
        case .key(let digest): .key(digest)
        case .unixUser(let id): .user(id)
        case .certificate(let name): .certificate(name)
        case .anonymous: .anonymous
        }
    }

    var sentence: String {
      switch self {
      case .key: "this key has a caller"
      case .user(let id): "the user \(id) is a caller"
      case .certificate(let name): "\(name.description.quoted) is a caller"
      case .anonymous: "there is an anonymous caller"
      }
    }
  }
}
