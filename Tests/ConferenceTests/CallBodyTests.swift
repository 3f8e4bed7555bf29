import Conference
import JSON
import Testing

@Suite("The body of another call than a create")
struct CallBodyTests {
  private func decode(_ text: String, of call: ConferenceCall = .hold) throws(Refusal) -> CallBody {
    try CallBody.decode(Array(text.utf8), of: call)
  }

  private func refused(_ text: String, of call: ConferenceCall = .hold) -> Refusal? {
    do throws(Refusal) {
      _ = try decode(text, of: call)
      return nil
    } catch {
      return error
    }
  }

  @Test("goes on byte for byte, with what policy judges told apart")
  func read() throws {
    let text =
      #" {"call_control_id":"v3:a", "command_id":"j-1","region":"US","beep_enabled":"never","client_state":"YQ==", "hold_audio_url":"https://a/b","supervisor_role":"barge","x":[1.50,null]} "#
    let body = try decode(text, of: .join)
    #expect(body.text == Array(text.utf8) && body.commandID == "j-1" && body.callControlID == "v3:a")
    #expect(body.limited.map(\.field.name) == ["hold_audio_url"] && body.limited.first?.value == .string("https://a/b"))
    #expect(body.asInCreate[.region] == .string("US") && body.asInCreate[.beepEnabled] == .string("never"))
    #expect(body.listening.map(\.name) == ["supervisor_role"] && body.unknown == ["x"])
  }

  @Test("may be left out, and is an object then")
  func empty() throws {
    #expect(try CallBody.decode([], of: .end).text == Array("{}".utf8))
  }

  @Test("says nothing of a field that is null, or by which nobody listens")
  func nothing() throws {
    let body = try decode(
      #"{"call_control_id":"a","hold_audio_url":null,"supervisor_role":"none","whisper_call_control_ids":[],"region":null}"#,
      of: .join)
    #expect(body.limited.isEmpty && body.listening.isEmpty && !body.asInCreate.has(.region))
  }

  @Test(
    "is malformed where a create's would be",
    arguments: ["[]", "1", "{", #"{"a":1,"a":2}"#, #"{"x":{"a":1,"a":2}}"#, #"{"audio_url":"a","audio_url":"a"}"#])
  func malformed(text: String) {
    #expect(refused(text)?.kind == .malformed)
  }

  @Test(
    "names no audio by a name that only looks like one of the field's",
    arguments: [
      "Audio_Url", "audio-url", "audioUrl", "audio_url ", "аudio_url", "audio\u{200B}_url", "AUDIO_URL", "audio_ur1",
      "Media_Name", "hold-audio-url", "invalid audio url", "playback-content",
      "audio_url" + String(repeating: "!", count: 70), "audio_url" + String(repeating: "|", count: 3000),
    ])
  func misnamed(name: String) throws {
    let refusal = try #require(refused("{\"\(name)\":\"https://a/b\"}"))
    #expect(refusal.kind == .invalid && refusal.faults.first?.pointer == Fault.pointer(to: name))
  }

  @Test(
    "hides no audio further down",
    arguments: [
      #"{"x":{"audio_url":"u"}}"#, #"{"x":[[{"y":{"media_name":"n"}}]]}"#, #"{"x":{"Audio_URL":"u"}}"#,
      #"{"call_control_ids":{"hold_audio_url":"u"}}"#, #"{"x":{"invalid_media_name":null}}"#,
    ])
  func hidden(text: String) {
    #expect(refused(text)?.kind == .invalid)
  }

  @Test("names audio in any call by any of its names: who reads it may know more than is documented")
  func undocumented() throws {
    #expect(try decode(#"{"invalid_audio_url":"https://a/b"}"#, of: .mute).limited.map(\.of) == [.holdAudioURL])
  }

  @Test(
    "speaks in no other field than the one that is judged",
    arguments: [
      #"{"payload":"a","voice":"x\"><audio src='u'/>"}"#, #"{"payload":"a","voice_settings":{"p":["<audio/>"]}}"#,
      #"{"payload":"a","x":"<audio/>"}"#,
    ])
  func spokenElsewhere(text: String) throws {
    #expect(try decode(text, of: .speak).speaksAudio != nil)
  }

  @Test(
    "speaks nothing that is no text, and by no other name",
    arguments: [#"{"payload":["<audio/>"]}"#, #"{"payload":{"a":1}}"#, #"{"Payload":"a"}"#, #"{"pay_load":"a"}"#])
  func noSpeech(text: String) {
    #expect(refused(text, of: .speak)?.kind == .invalid)
  }

  @Test(
    "makes nobody listen by another type, another name, or further down, in any call",
    arguments: [
      (.join, #"{"supervisor_role":{"audio_url":"u"}}"#), (.join, #"{"supervisor_role":true}"#),
      (.update, #"{"whisper_call_control_ids":[{"audio_url":"u"}]}"#), (.join, #"{"x":{"supervisor_role":"monitor"}}"#),
      (.hold, #"{"Supervisor_Role":"monitor"}"#), (.mute, #"{"x":[{"whisper_call_control_ids":["a"]}]}"#),
    ] as [(ConferenceCall, String)])
  func hiddenListening(call: ConferenceCall, text: String) {
    #expect(refused(text, of: call)?.kind == .invalid)
  }

  @Test("makes somebody listen in any call that says so")
  func listeningAnywhere() throws {
    for call in [ConferenceCall.hold, .mute, .updateParticipant] {
      #expect(try decode(#"{"supervisor_role":"monitor"}"#, of: call).listening.map(\.name) == ["supervisor_role"])
    }
  }

  @Test("has each fault at its place, all at once")
  func faults() throws {
    let refusal = try #require(
      refused(#"{"audio_url":1,"media_name":"","region":"Mars","command_id":7,"beep_enabled":true}"#, of: .join))
    #expect(
      refusal.faults.compactMap(\.pointer) == ["/audio_url", "/media_name", "/region", "/command_id", "/beep_enabled"])
    #expect(refusal.status == 422)
  }

  @Test("tells of a body full of mistakes as much as of some")
  func many() throws {
    let members = (0..<500).map { "\"x\($0)\":{\"audio_url\":\"u\"}" }.joined(separator: ",")
    #expect(try #require(refused("{\(members)}")).faults.count == Fault.mostUnknown + 1)
  }

  @Test(
    "that is to be spoken has SSML's audio in it or not",
    arguments: [
      ("<speak><audio src='u'/></speak>", true), ("<AUDIO>", true), ("<x:audio src='u'>", true), ("<audio\n>", true),
      ("<mstts:backgroundaudio src='u'/>", true), ("<!DOCTYPE speak [<!ENTITY a \"&#60;audio/>\">]>&a;", true),
      ("<xi:include href='u'/>", true), ("<lexicon uri='u'/>", true), ("<?xml-stylesheet href='u'?>", true),
      ("< audio src='u'>", true), ("<\u{200B}audio>", true), ("<audio\u{A0}src='u'>", true), ("<Speak>", true),
      ("the audio < 5", false), ("I <3 audio", false), ("<", false), ("", false), ("&lt;audio>", false),
      ("<speak version='1.1'><prosody rate='slow'>a <break time='1s'/></prosody></speak>", false),
    ])
  func speech(text: String, hasAudio: Bool) throws {
    let payload = String(decoding: JSONValue.string(text).text, as: UTF8.self)
    #expect(try (decode("{\"payload\":\(payload)}", of: .speak).speaksAudio != nil) == hasAudio)
  }
}
