import Conference
import JSON
import Testing

/// Every row of the field table, from the outside: what a caller may send, and what each mistake is answered with.
@Suite("Decode")
struct DecodeTests {
  @Test("the smallest command is a call and a name")
  func smallest() throws {
    let command = try decode(#"{"call_control_id":"v3:a","name":"n"}"#)
    #expect(command[.callControlID] == .string("v3:a") && command[.name] == .string("n"))
    #expect(Field.all.filter { command[$0] != nil } == [.callControlID, .name])
  }

  @Test("every field of the documentation's example is read")
  func example() throws {
    let command = try decode(
      """
      {"call_control_id":"v3:a","name":"Business","beep_enabled":"on_exit","client_state":"aGF2ZSBhIG5pY2UgZGF5ID1d",
       "comfort_noise":false,"command_id":"891510ac-f3e4-11e8-af5b-de00688a4901","duration_minutes":5,
       "hold_audio_url":"http://www.example.com/audio.wav","max_participants":250,"region":"Middle East",
       "start_conference_on_create":false}
      """)
    #expect(Field.all.filter { command[$0] == nil }.map(\.name) == ["hold_media_name"])
    #expect(command.unknown.isEmpty)
  }

  @Test("a required field that is missing is told as missing", arguments: ["call_control_id", "name"])
  func missing(name: String) {
    let members = ["call_control_id", "name"].filter { $0 != name }.map { #""\#($0)":"x""# }
    #expect(faults("{\(members.joined(separator: ","))}") == ["10004 /\(name)"])
  }

  @Test("null is a field that is not given, and a required one is missing", arguments: Field.all)
  func null(field: Field) throws {
    #expect(fault(field.name, "null") == (field.specification.required ? ["10004 \(field.pointer)"] : []))
    guard !field.specification.required else { return }
    let without = try decode(#"{"call_control_id":"v3:a","name":"n"}"#)
    let with = try decode(#"{"call_control_id":"v3:a","\#(field.name)":null,"name":"n"}"#)
    #expect(with == without && with.body() == without.body() && with.fingerprintText() == without.fingerprintText())
  }

  @Test("a null hold field stands beside the other one")
  func nullHoldFields() throws {
    for (null, given) in [("hold_audio_url", "hold_media_name"), ("hold_media_name", "hold_audio_url")] {
      let command = try decode(#"{"call_control_id":"a","name":"n","\#(null)":null,"\#(given)":"m"}"#)
      #expect(Field.all.filter { command[$0] != nil }.map(\.name) == ["call_control_id", "name", given])
    }
    #expect(
      faults(#"{"call_control_id":null,"name":null,"hold_audio_url":null,"hold_media_name":null}"#)
        == ["10004 /call_control_id", "10004 /name"])
  }

  @Test(
    "a value of another type is a wrong type for every field",
    arguments: Field.all.flatMap { field in wrongTypes(field).map { (field.name, $0) } })
  func wrongType(name: String, value: String) {
    #expect(fault(name, value) == ["10026 /\(name)"])
  }

  @Test(
    "a value outside its range is told as outside",
    arguments: [
      ("max_participants", "1"), ("max_participants", "801"), ("max_participants", "-5"),
      ("max_participants", "9223372036854775807"), ("max_participants", "9223372036854775808"),
      ("max_participants", "-18446744073709551616"), ("duration_minutes", "1" + String(repeating: "0", count: 400)),
      ("duration_minutes", "0"), ("duration_minutes", "-1"),
      ("duration_minutes", "2147483648"), ("name", #""""#), ("name", bytes(256)), ("name", #""a\nb""#),
      ("name", #""a\u007f""#), ("call_control_id", #""""#), ("call_control_id", bytes(1025)),
      ("command_id", #""""#), ("command_id", bytes(256)), ("command_id", #""a\tb""#),
      ("hold_audio_url", #""""#), ("hold_audio_url", bytes(4097)), ("hold_media_name", #""""#),
      ("hold_media_name", bytes(256)),
    ])
  func outOfRange(name: String, value: String) {
    #expect(fault(name, value) == ["10033 /\(name)"])
  }

  @Test(
    "a value at the edge of its range is within",
    arguments: [
      ("max_participants", "2"), ("max_participants", "800"), ("duration_minutes", "1"),
      ("duration_minutes", "2147483647"), ("name", bytes(1)), ("name", bytes(255)), ("call_control_id", bytes(1024)),
      ("command_id", bytes(255)), ("hold_audio_url", bytes(4096)), ("hold_media_name", bytes(255)),
    ])
  func withinRange(name: String, value: String) {
    #expect(fault(name, value) == [])
  }

  @Test("lengths are counted in bytes, not in characters")
  func bytesAreCounted() {
    #expect(fault("name", "\"\(String(repeating: "é", count: 128))\"") == ["10033 /name"])
  }

  @Test(
    "a word that is not in the enumeration is told as such",
    arguments: [
      ("beep_enabled", "maybe"), ("beep_enabled", "Always"), ("beep_enabled", ""), ("beep_enabled", "always "),
      ("region", "us"), ("region", "MiddleEast"), ("region", "Mars"),
    ])
  func notAmong(name: String, word: String) {
    #expect(fault(name, "\"\(word)\"") == ["10032 /\(name)"])
  }

  @Test("every word of an enumeration is taken")
  func among() {
    for field in Field.all {
      guard case .enumeration(let words) = field.specification.kind else { continue }
      for word in words { #expect(fault(field.name, "\"\(word)\"") == []) }
    }
  }

  @Test(
    "client_state is Base64 with padding, and no second spelling of the same bytes",
    arguments: [
      ("", true), ("aGk=", true), ("aGkh", true), ("aA==", true), ("+/+/", true), ("aGk", false), ("aGk==", false),
      ("aG k=", false), ("aGk=\\n", false), ("-_-_", false), ("====", false), ("a===", false), ("aB==", false),
      ("aGl=", false), ("=aGk", false), ("aé==", false),
    ])
  func base64(text: String, isValid: Bool) {
    #expect(fault("client_state", "\"\(text)\"") == (isValid ? [] : ["90017 /client_state"]))
  }

  @Test("both hold fields are one fault, told at the later one")
  func bothHoldFields() {
    #expect(
      faults(#"{"call_control_id":"a","name":"n","hold_media_name":"m","hold_audio_url":"https://e.example/"}"#)
        == ["10015 /hold_media_name"])
  }

  @Test("all faults are told at once, each with its pointer")
  func allAtOnce() {
    let found = faults(
      #"{"name":7,"beep_enabled":"x","client_state":"?","max_participants":1,"hold_media_name":"m","hold_audio_url":""}"#
    )
    #expect(
      Set(found) == [
        "10026 /name", "10032 /beep_enabled", "90017 /client_state", "10033 /max_participants",
        "10033 /hold_audio_url", "10015 /hold_media_name", "10004 /call_control_id",
      ])
  }

  @Test("a body that is no object is malformed")
  func noObject() {
    for text in ["[]", #"[{"call_control_id":"a","name":"n"}]"#, #""text""#, ""] {
      #expect { try decode(text) } throws: { ($0 as? Refusal)?.kind == .malformed }
    }
  }

  @Test("a malformed body is told in the parser's words, with the place where that is known")
  func malformed() {
    #expect(throws: Refusal.malformed("a key stands twice in one object")) { try decode(#"{"a":1,"a":2}"#) }
    #expect { try decode(#"{"name":tru}"#) } throws: {
      ($0 as? Refusal)?.faults.first?.detail.hasSuffix(", near byte 8") == true
    }
  }

  @Test("a key is what its escapes say")
  func escapedKeys() throws {
    let command = try decode(#"{"call\u005fcontrol_id":"a","n\u0061me":"n","na\u00efve":1}"#)
    #expect(command[.callControlID] == .string("a") && command[.name] == .string("n"))
    #expect(command.unknown.map(\.key) == ["na\u{ef}ve"] && command.unknown.map(\.text) == [Array("1".utf8)])
  }

  @Test("a field that has a fault is not missing, too, and still excludes the other")
  func faultyFields() {
    #expect(faults(#"{"call_control_id":"","name":"n"}"#) == ["10033 /call_control_id"])
    #expect(
      faults(#"{"call_control_id":"a","name":"n","hold_media_name":5,"hold_audio_url":"u"}"#)
        == ["10026 /hold_media_name", "10015 /hold_media_name"])
  }

  @Test("no fault quotes a text of the caller's")
  func nothingIsQuoted() {
    for field in Field.all {
      do {
        _ = try decode(#"{"call_control_id":"a","name":"n","\#(field.name)":"s3cr\u0007et"}"#)
      } catch {
        #expect(!error.faults.contains { $0.detail.contains("s3cr") })
      }
    }
  }
}

/// JSON texts that are not of the field's type.
func wrongTypes(_ field: Field) -> [String] {
  let all = [
    ("string", #""text""#), ("string", #""null""#), ("boolean", "true"), ("integer", "5"), ("real", "5.0"),
    ("real", "5e0"), ("real", "1e999"),
    ("array", "[]"), ("object", "{}"),
  ]
  let own =
    switch field.specification.kind {
    case .string, .base64, .enumeration: "string"
    case .boolean: "boolean"
    case .integer: "integer"
    }
  return all.filter { $0.0 != own }.map(\.1)
}

func bytes(_ count: Int) -> String { "\"" + String(repeating: "x", count: count) + "\"" }

func decode(_ text: String) throws(Refusal) -> ConferenceCommand {
  try ConferenceCommand.decode(Array(text.utf8))
}

/// `code pointer` of each fault.
func faults(_ text: String) -> [String] {
  do {
    _ = try decode(text)
    return []
  } catch {
    return error.faults.map { "\($0.code.rawValue) \($0.pointer ?? "")" }
  }
}

/// The faults of an otherwise valid command with one member.
func fault(_ name: String, _ value: String) -> [String] {
  let others = ["call_control_id", "name"].filter { $0 != name }.map { #""\#($0)":"x""# }
  return faults("{\((others + [#""\#(name)":\#(value)"#]).joined(separator: ","))}")
}
