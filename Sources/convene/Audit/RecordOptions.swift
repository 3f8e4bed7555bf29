internal import ArgumentParser
internal import Audit
internal import Gateway

/// Which records, on the command line: those for which all that is said holds. An option that is repeated gives
/// alternatives.
struct RecordOptions: ParsableArguments {
  private static let most = 10_000

  @OptionGroup var times: TimeRange

  @Option(
    help: ArgumentHelp(
      "Only those behind the one with this number: to go on where a page ended. In a shared ledger, WRITER:SEQ.",
      valueName: "seq"))
  var afterSeq: AfterArgument?

  @Option(
    name: .customLong("replica"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("In a shared ledger, whose records.", valueName: "name"))
  var replicas: [String] = []

  @Option(name: .customLong("team"), parsing: .unconditionalSingleValue, help: ArgumentHelp(valueName: "team"))
  var teams: [String] = []

  @Option(name: .customLong("caller"), parsing: .unconditionalSingleValue, help: ArgumentHelp(valueName: "caller"))
  var callers: [String] = []

  @Option(name: .customLong("command-id"), parsing: .unconditionalSingleValue, help: ArgumentHelp(valueName: "id"))
  var commandIDs: [String] = []

  @Option(
    name: .customLong("request-id"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("As in the reply's X-Request-Id.", valueName: "id"))
  var requestIDs: [String] = []

  @Option(
    name: .customLong("conference"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("The id of one that was created or found, or that another call is about.", valueName: "id"))
  var conferences: [String] = []

  @Option(
    name: .customLong("call"), help: ArgumentHelp("Another of Telnyx's calls than the create: mute.", valueName: "call")
  )
  var calls: [CallArgument] = []

  @Option(
    name: .customLong("call-control-id"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Found by its pseudonym; or a pseudonym itself.", valueName: "id"))
  var callControls: [String] = []

  @Option(name: .customLong("decision"), help: ArgumentHelp("What was decided.", valueName: "decision"))
  var decisions: [DecisionArgument] = []

  @Option(
    name: .customLong("outcome"),
    help: ArgumentHelp(
      """
      What became of a command that was sent; settled stands for whatever ended an unknown outcome.
      """, valueName: "outcome"))
  var outcomes: [OutcomeArgument] = []

  @Option(name: .customLong("status"), help: ArgumentHelp("What the caller got: 422, or 4xx.", valueName: "status"))
  var statuses: [StatusArgument] = []

  @Option(
    name: .customLong("rule"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("max_participants.max, or all that begin so: max_participants, limits.", valueName: "rule"))
  var rules: [String] = []

  @Option(
    name: .customLong("where"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A field of the command: 'max_participants > 100', with = != < <= > >=. Repeated, each must hold.",
      discussion: """
        Judged is what was sent, or what was asked for where nothing was. A field that isn't in the command is what \
        Telnyx takes it for; a field that Convene doesn't know is named as /NAME.
        """, valueName: "condition"),
    transform: { text in
      do throws(FieldCondition.Malformed) {
        return try FieldCondition(text)
      } catch {
        throw ValidationError("\(error)")
      }
    })
  var conditions: [FieldCondition] = []

  @Flag(help: "Of the configurations, only those that differ from the one before.")
  var changed = false

  func validate() throws {
    if commandIDs.contains("") || requestIDs.contains("") || conferences.contains("") || callControls.contains("") {
      throw ValidationError("an id can't be empty")
    }
    let values = [teams, callers, commandIDs, requestIDs, conferences, callControls, rules].map(\.count).reduce(0, +)
    guard values <= Self.most, conditions.count <= 100 else {
      throw ValidationError("at most \(Self.most) alternatives, and 100 conditions")
    }
  }

  func filter(_ resolved: ResolvedLedger, _ ledger: OpenLedger) throws -> RecordFilter {
    let reader = ledger.records
    var filter = RecordFilter()
    try checkPlace(isShared: ledger.isShared)
    (filter.replicas, filter.afterWriter) = (replicas, afterSeq?.writer)
    (filter.since, filter.until) = try times.moments()
    filter.after = afterSeq?.seq
    filter.teams = teams
    filter.callers = callers
    filter.commandIDs = commandIDs
    filter.decisions = decisions.map(\.decision)
    filter.content.outcomes = outcomes.map(\.outcome)
    filter.content.statuses = statuses.map(\.range)
    filter.content.rules = rules
    filter.content.requestIDs = requestIDs
    filter.content.conferences = conferences
    filter.content.calls = calls.map(\.name)
    filter.content.onlyChanges = changed
    try checkTeams(resolved, reader)
    let pseudonyms = try reader.pseudonyms()
    filter.content.callControls = callControls.flatMap { id in
      // Of who has it from a record. No call's own id looks like this.
      let isPseudonym =
        id.utf8.count == 32 && id.utf8.allSatisfy { $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit }
      return pseudonyms.map { $0.name(of: id) } + (isPseudonym ? [id] : [])
    }
    // Without a key there is no record of a call.
    if !callControls.isEmpty, filter.content.callControls.isEmpty { filter.content.callControls = [""] }
    filter.content.fields = conditions.map { $0.named(by: pseudonyms) }
    return filter
  }

  private func checkPlace(isShared: Bool) throws {
    if let afterSeq, afterSeq.seq > 0, (afterSeq.writer != nil) != isShared {
      throw ValidationError(
        isShared
          ? "a shared ledger has several chains: say --after-seq WRITER:SEQ"
          : "this ledger has one chain: say --after-seq SEQ")
    }
    guard isShared || replicas.isEmpty else { throw ValidationError("this ledger has no replicas") }
  }

  /// A name that nobody has would find nothing, and that would look like an answer.
  private func checkTeams(_ resolved: ResolvedLedger, _ reader: any RecordReading) throws {
    func isAmong(_ known: [String], _ team: String) -> Bool { known.contains { $0.utf8.elementsEqual(team.utf8) } }
    let rest = teams.filter { !isAmong(resolved.teams, $0) }
    guard !rest.isEmpty else { return }
    let recorded = try reader.teams(until: rest)
    guard let unknown = rest.first(where: { !isAmong(recorded, $0) }) else { return }
    let known = (resolved.teams + recorded.filter { !isAmong(resolved.teams, $0) }).sorted()
    throw ValidationError(
      "no team \(unknown): known are \(known.isEmpty ? "none" : known.joined(separator: ", "))")
  }
}
