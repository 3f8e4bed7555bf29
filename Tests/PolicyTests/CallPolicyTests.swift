import Conference
import Policy
import Testing

@Suite("Policy on other calls than creates")
struct CallPolicyTests {
  private static let all = CallRules(allowed: .all, scope: .own)

  /// - Parameter rules: the organization's.
  private func callPolicy(
    _ rules: [FieldRule] = [], _ calls: CallRules = all, unknownFields: PolicyLayer.UnknownFields? = nil
  ) throws -> CallPolicy {
    CallPolicy(try policy(rules, unknownFields: unknownFields), calls)
  }

  private func decide(
    _ text: String, of call: ConferenceCall = .join, by policy: CallPolicy
  ) throws(Refusal) -> CallDecision {
    try policy.decide(CallBody.decode(Array(text.utf8), of: call), of: call)
  }

  private func rules(
    of text: String, _ call: ConferenceCall = .join, by policy: CallPolicy
  ) -> [String] {
    do throws(Refusal) {
      _ = try decide(text, of: call, by: policy)
      return []
    } catch {
      return error.faults.map { "\($0.rule ?? "none") \($0.pointer ?? "")" }
    }
  }

  @Test("refuses by name what is not allowed, and says whose word that is")
  func notAllowed() throws {
    let policy = try callPolicy([], CallRules(allowed: CallSet([.hold]), scope: .own, owner: .team))
    try policy.check(.hold)
    try policy.check(.create)
    do throws(Refusal) {
      try policy.check(.mute)
      Issue.record("it is not allowed")
    } catch {
      #expect(error.kind == .policy && error.rule == "calls.allow" && error.faults.first?.owner == .team)
    }
  }

  @Test("lets nobody listen in by a join where only joins are allowed")
  func listening() throws {
    let joins = try callPolicy([], CallRules(allowed: CallSet([.join]), scope: .own))
    let body = #"{"call_control_id":"a","supervisor_role":"monitor","whisper_call_control_ids":["b"]}"#
    #expect(rules(of: body, by: joins) == ["calls.allow /supervisor_role", "calls.allow /whisper_call_control_ids"])
    #expect(rules(of: body, by: try callPolicy()).isEmpty)
    #expect(rules(of: #"{"call_control_id":"a","supervisor_role":"none"}"#, by: joins).isEmpty)
  }

  @Test("leaves a body as it is where no rule speaks of what it says")
  func untouched() throws {
    let text = #"{ "call_control_id" : "a", "x" : 1.0 }"#
    let decision = try decide(
      text,
      by: try callPolicy([
        rule("name") { $0.require = true }, rule("region") { $0.allow = values("US") },
      ]))
    #expect(decision.body == Array(text.utf8) && decision.changes.isEmpty)
  }

  @Test("sets and forces in a join what it sets and forces in a create, and nothing else of that")
  func asInCreate() throws {
    let policy = try callPolicy([
      rule("beep_enabled") { $0.force = .string("always") }, rule("region") { $0.default = .string("US") },
      rule("name") { $0.default = .string("daily") },
    ])
    let decision = try decide(#"{"beep_enabled":"never","call_control_id":"a","hold":false}"#, by: policy)
    #expect(
      String(decoding: decision.body, as: UTF8.self)
        == #"{"call_control_id":"a","hold":false,"beep_enabled":"always","region":"US"}"#)
    #expect(decision.changes.map(\.kind) == [.forced, .default])
    let hold = try decide(#"{"call_control_ids":["a"]}"#, of: .hold, by: policy)
    #expect(hold.changes.isEmpty, "of nothing but a join")
  }

  @Test("holds audio in every call to what a create's may be")
  func audio() throws {
    let policy = try callPolicy([
      rule("hold_audio_url") { $0.forbid = true }, rule("hold_media_name") { $0.maxLength = 3 },
    ])
    #expect(rules(of: #"{"audio_url":"https://a/b"}"#, .play, by: policy) == ["hold_audio_url.forbid /audio_url"])
    #expect(rules(of: #"{"media_name":"long"}"#, .hold, by: policy) == ["hold_media_name.max_length /media_name"])
    #expect(rules(of: #"{"media_name":"abc"}"#, .hold, by: policy).isEmpty)
    #expect(
      rules(of: #"{"payload":"<audio src='u'/>"}"#, .speak, by: policy) == ["hold_audio_url.forbid /payload"])
    #expect(rules(of: #"{"payload":"<audio src='u'/>"}"#, .speak, by: try callPolicy()).isEmpty)
  }

  @Test("where it forces a create's audio, allows no other anywhere")
  func forcedAudio() throws {
    let policy = try callPolicy([rule("hold_media_name") { $0.force = .string("ours") }])
    #expect(rules(of: #"{"media_name":"ours"}"#, .hold, by: policy).isEmpty)
    #expect(rules(of: #"{"media_name":"other"}"#, .hold, by: policy) == ["hold_media_name.force /media_name"])
    #expect(rules(of: #"{"audio_url":"https://a/b"}"#, .hold, by: policy) == ["hold_media_name.force /audio_url"])
  }

  @Test("holds a beep and a region that is changed later to what a create's may be, and sets none")
  func withinRules() throws {
    let policy = try callPolicy([
      rule("beep_enabled") {
        $0.allow = values("never")
        $0.default = .string("never")
      }
    ])
    #expect(
      rules(of: #"{"beep_enabled":"always"}"#, .updateParticipant, by: policy) == ["beep_enabled.allow /beep_enabled"])
    #expect(try decide("{}", of: .updateParticipant, by: policy).body == Array("{}".utf8))
  }

  @Test("lets unknown fields through or not, as a create's")
  func unknown() throws {
    let strict = try callPolicy(unknownFields: .reject)
    #expect(rules(of: #"{"digits":"1","x":1}"#, .sendDTMF, by: strict) == ["unknown_fields /x"])
    #expect(rules(of: #"{"digits":"1","x":1}"#, .sendDTMF, by: try callPolicy()).isEmpty)
  }
}
