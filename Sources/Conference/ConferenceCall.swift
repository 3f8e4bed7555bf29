/// One of Telnyx's calls about conferences, under the name that it has in the configuration and on the record: an action's is
/// the one in its path, any other's the one that Telnyx's SDKs have for it. What is known of each stands in `CallSpecification.swift`.
package enum ConferenceCall: String, CaseIterable, Sendable {
  case create
  case list, retrieve
  case listParticipants = "list_participants"
  case retrieveParticipant = "retrieve_participant"
  case updateParticipant = "update_participant"
  case join, leave
  case hold, unhold
  case mute, unmute
  case play, stop, speak
  case gatherUsingAudio = "gather_using_audio"
  case sendDTMF = "send_dtmf"
  case end
  case recordStart = "record_start"
  case recordStop = "record_stop"
  case recordPause = "record_pause"
  case recordResume = "record_resume"
  case update

  /// Several calls under one name, for the configuration.
  package enum Group: String, CaseIterable, Sendable {
    /// Those that change nothing.
    case read
    /// Who is there, and what they hear.
    case participants
    case recording
    /// Who listens in: it is needed for a `join` that says so, too.
    case listening

    package var calls: [ConferenceCall] { ConferenceCall.allCases.filter { $0.specification.group == self } }
  }

  package var name: String { rawValue }

  /// Its row of the table.
  package var index: Int { Self.places[self] ?? 0 }

  package var specification: CallSpecification { CallSpecification.table[index] }

  /// It changes nothing.
  package var isRead: Bool { specification.group == .read }

  /// All but the create.
  package static let others = allCases.filter { $0 != .create }

  private static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}

/// A set of calls, as one word.
package struct CallSet: Sendable, Hashable {
  private var bits: UInt32 = 0

  package init() {}

  package init(_ calls: some Sequence<ConferenceCall>) { for call in calls { insert(call) } }

  package static let create = CallSet([.create])
  package static let all = CallSet(ConferenceCall.allCases)

  package mutating func insert(_ call: ConferenceCall) { bits |= 1 << UInt32(call.index) }

  package func contains(_ call: ConferenceCall) -> Bool { bits & 1 << UInt32(call.index) != 0 }

  /// In the table's order.
  package var calls: [ConferenceCall] { ConferenceCall.allCases.filter(contains) }
}
