internal import Files
internal import Gateway
internal import Glibc

/// Which file is needed for what, so that no two things write to one file, nor one to what another reads. Files are compared
/// as the file system does, not as texts.
struct FileClaims {
  fileprivate struct Claim {
    let path: String
    /// To follow "is".
    let what: String
    /// nil where a directory on the way is missing: then it can't be compared.
    let place: FilePlace?

    init(_ path: String, _ what: String) {
      (self.path, self.what) = (path, what)
      place = try? FilePlace(path)
    }
  }

  private let gateway: GatewayFile
  /// What is read, or is no regular file.
  private let others: [Claim]

  /// - Parameter teams: the paths of the team files.
  init(_ gateway: GatewayFile, teams: [String]) {
    self.gateway = gateway
    var others = [Claim(gateway.reader.file, "this file")]
    others += teams.map { Claim($0, "a team's file") }
    for case .file(let path) in gateway.upstream.tokens { others.append(Claim(path, "a token's file")) }
    if case .file(let path) = gateway.audit.checkpoint?.key {
      others.append(Claim(path, "the file of checkpoints' key"))
    }
    if case .file(let path) = gateway.upstream.proxy?.credentials?.password {
      others.append(Claim(path, "the file of the proxy's password"))
    }
    for tls in gateway.tls.map(\.settings) {
      others.append(Claim(tls.certificate, "a listener's certificate"))
      others.append(Claim(tls.key, "a listener's key"))
      if let path = tls.clientAuthorities { others.append(Claim(path, "the authorities of callers' certificates")) }
    }
    for case .file(let path) in gateway.tracing?.headers.map(\.value) ?? [] {
      others.append(Claim(path, "the file of a header's value"))
    }
    if let path = gateway.tracing?.caFile { others.append(Claim(path, "the file of certificates")) }
    if case .postgres(let place) = gateway.ledger.place {
      if case .file(let path) = place.password { others.append(Claim(path, "the file of the ledger's password")) }
      let files = [place.rootCertificate, place.clientCertificate, place.clientKey].compactMap(\.self)
      others += files.map { Claim($0, "a file of the ledger's TLS") }
    }
    if let path = gateway.upstream.caFile { others.append(Claim(path, "the file of certificates")) }
    let sockets = gateway.server.listen.map(\.address) + (gateway.admin.map { [$0.listen] } ?? [])
    for case .unix(let path) in sockets {
      others.append(Claim(path, "a socket to listen on"))
    }
    self.others = others
  }

  /// What no sink may touch.
  var otherPaths: [String] { others.map(\.path) }

  /// With sinks' files, and what they were renamed to.
  var allPaths: [String] {
    var paths = otherPaths + ledgerClaims.map(\.path)
    for case .file(let path, _, let keep) in gateway.audit.sinks {
      paths.append(path)
      paths += (1...max(keep, 1)).map { "\(path).\($0)" }.filter { access($0, F_OK) == 0 }
    }
    return paths
  }

  /// - Returns: which sinks' files something else needs.
  func check() -> Set<Int> {
    let ledger = ledgerClaims
    for claim in ledger {
      for other in others where claim.isSame(as: other) {
        gateway.reader.report(gateway.ledgerPosition, "ledger.path: \(claim.path) is \(other.what)")
      }
    }
    var faulty: Set<Int> = []
    var sinks: [(claim: Claim, keep: Int)] = []
    for (index, position) in gateway.sinkPositions.enumerated() {
      guard case .file(let path, _, let keep) = gateway.audit.sinks[index] else { continue }
      let claim = Claim(path, "another sink's file")
      var faults: [String] = []
      for other in others + ledger where claim.isSame(as: other) { faults.append("is \(other.what)") }
      // One that is spelled the same way has been told already.
      for (other, _) in sinks where claim.isSame(as: other) && path != other.path {
        faults.append("is \(other.what), \(other.path)")
      }
      for other in others + ledger + sinks.map(\.claim) where other.isRotation(of: claim, keep: keep) {
        faults.append("would be renamed to \(other.path), which is \(other.what)")
      }
      for (other, keep) in sinks where claim.isRotation(of: other, keep: keep) {
        faults.append("is what \(other.path) is renamed to when it is full")
      }
      if faults.isEmpty, isTeamFile(path) { faults.append("would be read as a team's file at the next start (teams)") }
      for fault in faults { gateway.reader.report(position, "audit.sinks: \(path) \(fault)") }
      if !faults.isEmpty { faulty.insert(index) }
      sinks.append((claim, keep))
    }
    return faulty
  }

  private var ledgerClaims: [Claim] {
    guard let path = gateway.ledger.path else { return [] }
    let real = (try? FilePlace(path))?.path ?? path
    return [
      Claim(real, "the ledger"), Claim(real + "-wal", "the ledger's log"),
      Claim(real + "-shm", "the index of the ledger's log"),
      Claim(real + "-journal", "a journal of the ledger's"), Claim(real + ".lock", "a lock of the ledger's"),
      Claim(real + "-complete", "the operator's word about the ledger"),
    ]
  }

  /// Whether a pattern of `teams` matches the path, or what the file is renamed to.
  private func isTeamFile(_ path: String) -> Bool {
    let directory = FilePath.canonical(FilePath.directory(of: path).isEmpty ? "." : FilePath.directory(of: path))
    let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
    return gateway.teams.contains { pattern, _ in
      let resolved = FilePath.resolve(pattern, relativeTo: gateway.reader.file)
      let parent = FilePath.directory(of: resolved)
      let whole = FilePath.canonical(parent.isEmpty ? "." : parent) + "/" + resolved.dropFirst(parent.count)
      return ["", ".1"].contains { fnmatch(whole, "\(directory)/\(name)\($0)", FNM_PATHNAME | FNM_PERIOD) == 0 }
    }
  }
}

extension FileClaims.Claim {
  fileprivate func isSame(as other: Self) -> Bool {
    guard let place, let otherPlace = other.place else { return path == other.path }
    return place.isSame(as: otherPlace)
  }

  fileprivate func isRotation(of other: Self, keep: Int) -> Bool {
    guard let place, let otherPlace = other.place else { return false }
    return place.isRotation(of: otherPlace, keep: keep)
  }
}
