internal import ArgumentParser
internal import Conference
internal import Configuration
internal import Gateway

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Tell what would become of a body, field by field, and by which rule of whom.",
    discussion: """
      FILE is a create-conference command as a caller would send it; - is standard input. Judged as `serve` would, without \
      a gateway: nothing is sent, stored or counted. Tells of every field what was asked and what it becomes, by which rule \
      and where that stands; of fields that Convene doesn't know, whether they are forwarded; and against which limits it \
      would count. Exits with 1 where it would be refused. `POST /conferences:explain` tells the same of a gateway that \
      runs, without files and lines.
      """)

  @Argument(help: ArgumentHelp("A JSON body; - is standard input.", valueName: "file"))
  var file: String

  @Option(help: "Whose rules; may be left out where there is one team.")
  var team: String?

  @OptionGroup var configuration: ConfigurationOption

  @Option(help: "text or json.")
  var format = CheckCommand.Format.text

  func run() throws {
    StandardStream.keepOut(of: [configuration.resolvedPath, file])
    do {
      let (gateway, places) = try ConfigurationLoader.loadWithPlaces(
        path: configuration.resolvedPath, environment: ProcessEnvironment.current, checksSecrets: false,
        claimed: StandardStream.keepOut)
      let team = try team(of: gateway)
      let explanation = try explanation(of: gateway, team)
      switch format {
      case .text: StandardStream.output.writeLine(explanation.text { places.place(of: $0, team: team.name) })
      case .json: StandardStream.output.writeLine(explanation.json { places.place(of: $0, team: team.name) })
      }
      guard explanation.refusal == nil else { throw ExitCode.failure }
    } catch let error as StartError {
      StandardStream.error.writeLine("error: \(error)")
      throw ExitCode.failure
    } catch let error as ConfigurationErrors {
      StandardStream.error.writeLine(error.description)
      throw ExitCode.failure
    }
  }

  private func explanation(of gateway: GatewayConfiguration, _ team: Team) throws -> Explanation {
    let largest = gateway.server.maxBody
    let body = try BodyFile.read(file, atMost: largest)
    guard body.count <= largest else { return Explanation(refused: .bodyTooLarge(largest), team: team) }
    return Explanation(of: body, team: team, limits: gateway.limits)
  }

  private func team(of gateway: GatewayConfiguration) throws -> Team {
    let names = gateway.teams.map(\.name).joined(separator: ", ")
    guard let name = team else {
      guard let only = gateway.teams.first, gateway.teams.count == 1 else {
        throw ValidationError("whose rules? --team is one of: \(names)")
      }
      return only
    }
    guard let team = gateway.teams.first(where: { $0.name == name }) else {
      throw ValidationError("there is no team \(name) in \(configuration.resolvedPath); known here: \(names)")
    }
    return team
  }
}
