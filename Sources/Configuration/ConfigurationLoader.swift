internal import Files
package import Gateway
internal import Policy

/// Reads a configuration: `gateway.yaml` and every team file that it names.
///
/// Strict: an unknown or duplicate key, a wrong type, an impossible value, a rule that loosens the organization's or a
/// token that isn't there is an error with its place, and all errors are told at once. What loads can be served.
package enum ConfigurationLoader {
  /// - Parameters:
  ///   - path: of `gateway.yaml`. Paths in a file are relative to that file's directory.
  ///   - environment: where tokens named by `env:` are looked for.
  ///   - checksSecrets: false where they need not be there: for what sends nothing, or for a configuration that is served
  ///     elsewhere.
  ///   - team: the one team's file to judge with it, whatever it names itself.
  ///   - inForce: the configuration whose place it is to take.
  ///   - claimed: told the paths of all files that are needed for something, before anything is said of them.
  ///   - machine: what to ask of the machine that the configuration is on; nil where it will be served elsewhere, or where
  ///     it is to be served now, and will be found out.
  package static func load(
    path: String, environment: [String: String], checksSecrets: Bool = true, machine: MachineProbe? = nil,
    team: String? = nil, inForce: GatewayConfiguration? = nil, claimed: ([String]) -> Void = { _ in }
  ) throws(ConfigurationErrors) -> GatewayConfiguration {
    try loadWithPlaces(
      path: path, environment: environment, checksSecrets: checksSecrets, machine: machine, team: team,
      inForce: inForce, claimed: claimed
    ).configuration
  }

  /// The same of files that others may be changing: what is returned stood in all of them at one moment. Where a directory is
  /// turned to its next generation meanwhile, as Kubernetes does, no file of one goes with a file of the other.
  ///
  /// - Throws: also where they change faster than they can be read.
  package static func loadAtRest(
    path: String, environment: [String: String], inForce: GatewayConfiguration? = nil,
    claimed: ([String]) -> Void = { _ in }
  ) throws(ConfigurationErrors) -> GatewayConfiguration {
    for _ in 1...mostReadings {
      let files = ReadFiles()
      do throws(ConfigurationErrors) {
        let loaded = try load(path: path, environment: environment, inForce: inForce, claimed: claimed, files)
        if files.areSame { return loaded.configuration }
      } catch {
        // A mixture may be wrong where none of its parts is.
        if files.areSame { throw error }
      }
    }
    let diagnostics = Diagnostics()
    diagnostics.report(path, .start, "the files of the configuration change while they are read")
    throw diagnostics.sorted
  }

  private static let mostReadings = 10

  /// The same, and where each rule of it stands.
  package static func loadWithPlaces(
    path: String, environment: [String: String], checksSecrets: Bool = true, machine: MachineProbe? = nil,
    team: String? = nil, inForce: GatewayConfiguration? = nil, claimed: ([String]) -> Void = { _ in }
  ) throws(ConfigurationErrors) -> (configuration: GatewayConfiguration, places: RulePlaces) {
    try load(
      path: path, environment: environment, checksSecrets: checksSecrets, machine: machine, team: team,
      inForce: inForce, claimed: claimed, ReadFiles())
  }

  private static func load(
    path: String, environment: [String: String], checksSecrets: Bool = true, machine: MachineProbe? = nil,
    team: String? = nil, inForce: GatewayConfiguration?, claimed: ([String]) -> Void, _ all: ReadFiles
  ) throws(ConfigurationErrors) -> (configuration: GatewayConfiguration, places: RulePlaces) {
    let diagnostics = Diagnostics()
    var read: [GatewayConfiguration.File] = []
    all.willRead(path)
    guard let root = document(path, &read, diagnostics) else { throw diagnostics.sorted }
    if let place = root["team"]?.position, root["organization"] == nil {
      diagnostics.report(
        path, place,
        "this is a team's file, which is judged within its organization's rules: convene check --config \(path)"
          + " --organization gateway.yaml")
      throw diagnostics.sorted
    }
    let gateway = GatewayFile.read(root, reader: FileReader(file: path, diagnostics: diagnostics))
    if checksSecrets { checkSecrets(gateway, environment) }
    for path in gateway.tls.flatMap(\.settings.paths) { all.willRead(path) }
    let tls = checksSecrets ? TLSFiles(gateway, inForce: inForce?.tlsFiles ?? []) : nil

    var files: [TeamFile] = []
    let teamPaths = team.map { [$0] } ?? teamPaths(gateway)
    for path in teamPaths {
      all.willRead(path)
      guard let root = document(path, &read, diagnostics) else { continue }
      if let place = root["organization"]?.position, root["team"] == nil {
        diagnostics.report(path, place, "this is an organization's file, not a team's")
        continue
      }
      files.append(TeamFile.read(root, reader: FileReader(file: path, diagnostics: diagnostics)))
    }
    TeamUniqueness.check(files)
    OpenListeners.check(gateway, teams: files)
    CertificateCallers.check(gateway, teams: files)
    let teams = TeamMerge(gateway).merge(files)
    LimitedCalls.check(gateway, teams: files, teams)
    let claims = FileClaims(gateway, teams: teamPaths)
    claimed(claims.allPaths)
    let faulty = claims.check()
    machine?.check(gateway, faulty: faulty)

    guard diagnostics.isEmpty else { throw diagnostics.sorted }
    let configuration = GatewayConfiguration(
      files: read, tlsFiles: tls?.files ?? [], ownCertificates: tls?.own ?? [],
      teamPatterns: gateway.teams.map(\.pattern), warnings: diagnostics.warnings,
      organization: gateway.organization,
      server: gateway.server, admin: gateway.admin, upstream: gateway.upstream, ledger: gateway.ledger,
      audit: gateway.audit, tracing: gateway.tracing, otherFiles: claims.otherPaths, teams: teams,
      limits: gateway.limits.map(\.rule))
    return (configuration, RulePlaces(gateway, teams: files))
  }

  /// Where the admin listener of a configuration is. Nothing else of the file need be right, and no other file is read: who asks
  /// wants to know how a gateway is that has read them before.
  package static func adminAddress(path: String) throws(ConfigurationErrors) -> ListenAddress {
    var read: [GatewayConfiguration.File] = []
    let diagnostics = Diagnostics()
    guard let root = document(path, &read, diagnostics) else { throw diagnostics.sorted }
    // What the rest of the file has of errors is told elsewhere.
    guard let section = FileReader(file: path, diagnostics: Diagnostics()).section(root, "", known: GatewayFile.keys),
      section["admin"] != nil
    else {
      diagnostics.report(path, root.position, "there is no admin.listen, where health could be asked for")
      throw diagnostics.sorted
    }
    let reader = FileReader(file: path, diagnostics: diagnostics)
    var places = ListenPlaces()
    let own = Section(reader: reader, position: section.position, name: "", members: section.members)
    guard let admin = reader.admin(own, &places) else { throw diagnostics.sorted }
    guard case .tcp(_, port: 0) = admin.listen else { return admin.listen }
    diagnostics.report(path, root.position, "admin.listen has port 0, which is another one at each start")
    throw diagnostics.sorted
  }

  private static func document(
    _ file: String, _ read: inout [GatewayConfiguration.File], _ diagnostics: Diagnostics
  ) -> YAMLValue? {
    guard let (text, digest) = SourceText.read(file, diagnostics: diagnostics) else { return nil }
    read.append(GatewayConfiguration.File(path: file, digest: digest))
    return YAMLDocument.parse(text, file: file, diagnostics: diagnostics)
  }

  private static func teamPaths(_ gateway: GatewayFile) -> [String] {
    var paths: [String] = []
    var seen: Set<String> = []
    let own = Inode(gateway.reader.file)
    for (pattern, position) in gateway.teams {
      let found = FilePath.matching(pattern, in: FilePath.directory(of: gateway.reader.file))
      if found.isEmpty { gateway.reader.report(position, "teams: no file matches \(pattern.quoted)") }
      for path in found {
        guard Inode(path) != own || own == nil else {
          gateway.reader.report(
            position,
            "teams: \(pattern.quoted) matches this file itself; teams' files need a folder of their own (teams/*.yaml)"
          )
          continue
        }
        if seen.insert(FilePath.canonical(path)).inserted {
          paths.append(path)
        } else {
          gateway.reader.report(position, "teams: \(path) is named more than once")
        }
      }
    }
    return paths
  }

  private static func checkSecrets(_ gateway: GatewayFile, _ environment: [String: String]) {
    for (source, position) in zip(gateway.upstream.tokens, gateway.tokenPositions) {
      do {
        _ = try source.resolve(environment: environment)
      } catch {
        gateway.reader.report(position, "upstream.tokens: \(error.message)")
      }
    }
    if let password = gateway.upstream.proxy?.credentials?.password, let position = gateway.proxyPasswordPosition {
      do throws(TokenError) {
        _ = try password.resolve(environment: environment, as: "password")
      } catch {
        gateway.reader.report(position, "upstream.proxy.password: \(error.message)")
      }
    }
    checkDatabaseSecrets(gateway, environment)
    for (header, position) in zip(gateway.tracing?.headers ?? [], gateway.tracingHeaderPositions) {
      do throws(TokenError) {
        _ = try header.resolve(environment: environment)
      } catch {
        gateway.reader.report(position, "tracing.headers.\(header.name): \(error.message)")
      }
    }
    guard let checkpoint = gateway.audit.checkpoint, let position = gateway.checkpointKeyPosition else { return }
    do throws(TokenError) {
      _ = try checkpoint.signingKey(environment: environment)
    } catch {
      gateway.reader.report(position, "audit.checkpoint.key: \(error.message)")
    }
  }

  private static func checkDatabaseSecrets(_ gateway: GatewayFile, _ environment: [String: String]) {
    guard case .postgres(let place) = gateway.ledger.place else { return }
    if let password = place.password, let position = gateway.ledgerPasswordPosition {
      do throws(TokenError) {
        _ = try password.resolve(environment: environment, as: "password", mayHaveSpaces: true)
      } catch {
        gateway.reader.report(position, "ledger.postgres.password: \(error.message)")
      }
    }
    let certificates = [("sslrootcert", place.rootCertificate), ("sslcert", place.clientCertificate)]
    for case (let name, let path?) in certificates {
      gateway.reader.checkCertificates(path, "ledger.postgres.url: \(name)", at: gateway.ledgerPosition)
    }
    guard let path = place.clientKey else { return }
    do throws(FileError) {
      _ = try FileContents.withSecret(path) { _ in }
    } catch {
      gateway.reader.report(gateway.ledgerPosition, "ledger.postgres.url: sslkey: \(path) \(error.message)")
    }
  }
}
