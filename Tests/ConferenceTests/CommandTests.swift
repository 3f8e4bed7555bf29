import Conference
import JSON
import Testing

@Suite("Command")
struct CommandTests {
  @Test(
    "two requests that mean the same have one fingerprint",
    arguments: [
      #"{ "name" : "n", "call_control_id":"a","x":{"b":[1,{"d":1,"c":2}],"a":2}}"#,
      #"{"x":{"a":2,"b":[1,{"c":2,"d":1}]},"call_control_id":"a","name":"n"}"#,
      #"{"call_control_id":"a","name":"n","x":{"a":2,"b":[1,{"c":2,"d":1}]},"command_id":"other"}"#,
      #"{"call_control_id":"\u0061","name":"n","x":{"a":2,"b":[1,{"c":2,"d":1}]}}"#,
    ])
  func sameFingerprint(text: String) throws {
    let command = try decode(#"{"call_control_id":"a","name":"n","x":{"a":2,"b":[1,{"c":2,"d":1}]}}"#)
    #expect(try decode(text).fingerprintText() == command.fingerprintText())
  }

  @Test("a fingerprint's text is sorted by key, with unknown members and without: stored ones must stay right")
  func fingerprintText() throws {
    let known = try decode(#"{"region":"US","command_id":"1","name":"n","call_control_id":"c","max_participants":9}"#)
    #expect(
      String(decoding: known.fingerprintText(), as: UTF8.self)
        == #"{"call_control_id":"c","max_participants":9,"name":"n","region":"US"}"#)
    let unknown = try decode(#"{"name":"n","zeta":{"b":1,"a":2},"call_control_id":"c","alpha":[true]}"#)
    #expect(
      String(decoding: unknown.fingerprintText(), as: UTF8.self)
        == #"{"alpha":[true],"call_control_id":"c","name":"n","zeta":{"a":2,"b":1}}"#)
  }

  @Test(
    "two requests that differ in anything else have two",
    arguments: [
      #"{"call_control_id":"a","name":"N"}"#, #"{"call_control_id":"b","name":"n"}"#,
      #"{"call_control_id":"a","name":"n","region":"US"}"#, #"{"call_control_id":"a","name":"n","x":null}"#,
      #"{"call_control_id":"a","name":"n","comfort_noise":true}"#,
      #"{"call_control_id":"a","name":"n","x":[1,2]}"#, #"{"call_control_id":"a","name":"n","x":[2,1]}"#,
    ])
  func otherFingerprint(text: String) throws {
    let command = try decode(#"{"call_control_id":"a","name":"n"}"#)
    #expect(try decode(text).fingerprintText() != command.fingerprintText())
  }

  @Test("a composed and a decomposed letter are two names")
  func bytesNotCharacters() throws {
    let composed = try decode("{\"call_control_id\":\"a\",\"name\":\"\u{E9}\"}")
    let decomposed = try decode("{\"call_control_id\":\"a\",\"name\":\"e\u{301}\"}")
    #expect(composed.fingerprintText() != decomposed.fingerprintText())
    #expect(composed != decomposed)
  }

  @Test("the body is written anew: known fields in the table's order, then the unknown ones as they came")
  func body() throws {
    let command = try decode(
      #" { "zeta":[1.5,null], "region":"US", "alpha":{"k":"\u00e9"}, "name":"n\"", "call_control_id":"a" } "#)
    #expect(
      String(decoding: command.body(), as: UTF8.self)
        == #"{"call_control_id":"a","name":"n\"","region":"US","zeta":[1.5,null],"alpha":{"k":"\u00e9"}}"#)
  }

  @Test("the body reads back as the same command")
  func roundTrip() throws {
    let command = try decode(
      #"{"call_control_id":"a","name":"n","max_participants":9,"comfort_noise":false,"later_field":{"deep":[[]]}}"#)
    #expect(try ConferenceCommand.decode(command.body()) == command)
  }

  @Test(
    "what is absent counts as what Telnyx assumes",
    arguments: [
      ("beep_enabled", "never"), ("comfort_noise", "true"), ("max_participants", "250"), ("duration_minutes", "240"),
      ("start_conference_on_create", "true"),
    ])
  func assumed(name: String, value: String) throws {
    let field = try #require(Field(named: name))
    #expect(ConferenceCommand().effective(field)?.description == value)
  }

  @Test("what is absent and not known to be assumed has no value")
  func notAssumed() {
    for field in Field.all where field.specification.vendorDefault == nil {
      #expect(ConferenceCommand().effective(field) == nil)
    }
  }

  @Test("the fields that code names are where the table has them")
  func names() {
    let named: [(Field, String)] = [
      (.callControlID, "call_control_id"), (.name, "name"), (.clientState, "client_state"),
      (.commandID, "command_id"), (.holdAudioURL, "hold_audio_url"), (.region, "region"),
    ]
    for (field, name) in named { #expect(field.name == name) }
    #expect(Field.table.count == 12)
    // Exclusion and conditions name rows that exist, both ways.
    for field in Field.all {
      if let other = field.specification.excludes {
        #expect(Field(named: other)?.specification.excludes == field.name)
      }
      if let condition = field.specification.effectiveOnlyWith { #expect(Field(named: condition.field) != nil) }
    }
  }
}
