import Conference
import Testing

@Suite("Call")
struct ConferenceCallTests {
  @Test("each of the 23 calls has a row of its own, with its own method and path")
  func rows() {
    #expect(ConferenceCall.allCases.count == 23)
    #expect(CallSpecification.table.count == 23)
    #expect(ConferenceCall.allCases.map(\.index) == Array(0..<23))
    for (call, row) in zip(ConferenceCall.allCases, CallSpecification.table) { #expect(call.specification === row) }
    let ways = CallSpecification.table.map { "\($0.method.rawValue) \($0.path)" }
    #expect(Set(ways).count == 23)
  }

  @Test(
    "the names are unique, those of calls and of groups together, and are what they are: files and records have them")
  func names() {
    let names = ConferenceCall.allCases.map(\.name)
    #expect(
      names == [
        "create", "list", "retrieve", "list_participants", "retrieve_participant", "update_participant", "join",
        "leave",
        "hold", "unhold", "mute", "unmute", "play", "stop", "speak", "gather_using_audio", "send_dtmf", "end",
        "record_start", "record_stop", "record_pause", "record_resume", "update",
      ])
    let all = names + ConferenceCall.Group.allCases.map(\.rawValue) + ["all"]
    #expect(Set(all).count == all.count)
  }

  @Test("an action is a POST, and its path ends in its name")
  func actions() {
    let actions = ConferenceCall.allCases.filter { $0.specification.path.contains(.literal("actions")) }
    #expect(actions.count == 17)
    for call in actions {
      #expect(
        call.specification.path == [
          .literal("conferences"), .conferenceID, .literal("actions"), .literal(call.name),
        ])
      #expect(call.specification.method == .post)
    }
  }

  @Test("every path begins with conferences, and has a body's fields only where something is sent")
  func paths() {
    for call in ConferenceCall.allCases {
      #expect(call.specification.path.first == .literal("conferences"))
      #expect(call.isRead == (call.specification.method == .get))
      #expect(!call.isRead || call.specification.fields.isEmpty)
    }
  }

  @Test("the groups are all calls but the create, each once")
  func groups() {
    let grouped = ConferenceCall.Group.allCases.flatMap(\.calls)
    #expect(grouped.count == 22)
    #expect(Set(grouped) == Set(ConferenceCall.others))
    #expect(!ConferenceCall.others.contains(.create))
    #expect(ConferenceCall.Group.allCases.allSatisfy { !$0.calls.isEmpty })
  }

  @Test("what carries audio, by its name, is within the rules of the create's hold audio")
  func audio() {
    for call in ConferenceCall.others {
      let fields = call.specification.fields
      #expect(Set(fields.map(\.name)).count == fields.count, "\(call.name)")
      for field in fields {
        let carriesURL = field.name.hasSuffix("audio_url")
        let carriesMedia = field.name.hasSuffix("media_name")
        #expect(field.isAudio == (carriesURL || carriesMedia), "\(call.name) \(field.name)")
        if carriesURL { #expect(field.meaning == .withinRules(.holdAudioURL), "\(call.name) \(field.name)") }
        if carriesMedia { #expect(field.meaning == .withinRules(.holdMediaName), "\(call.name) \(field.name)") }
      }
    }
    #expect(
      CallField.carryingAudio.map(\.name).sorted() == [
        "audio_url", "hold_audio_url", "hold_media_name", "invalid_audio_url", "invalid_media_name", "media_name",
        "playback_content",
      ])
  }

  @Test("the rows that code speaks of by name are those of their names")
  func namedFields() {
    #expect(Field.beepEnabled.name == "beep_enabled")
    #expect(Field.holdMediaName.name == "hold_media_name")
    #expect(Field.holdAudioURL.name == "hold_audio_url" && Field.region.name == "region")
  }

  @Test("a set has what was put in, in the table's order, and nothing else")
  func sets() {
    var set = CallSet()
    #expect(set.calls == [])
    for call in ConferenceCall.allCases.reversed() {
      #expect(!set.contains(call))
      set.insert(call)
      #expect(set.contains(call))
    }
    #expect(set == .all && set.calls == ConferenceCall.allCases)
    #expect(CallSet.create.calls == [.create])
  }
}
