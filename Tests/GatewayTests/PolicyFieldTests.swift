import Conference
import JSON
import Policy
import Testing

@testable import Gateway

/// RFC 9651, sections 3.3 and 4.1.
@Suite("The Convene-Policy field")
struct PolicyFieldTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let field: String
    let kind: Decision.Change.Kind
    let value: FieldValue?
    let item: String

    var testDescription: String { String(item.prefix(80)) }

    init(_ field: String, _ kind: Decision.Change.Kind, _ value: FieldValue?, _ item: String) {
      (self.field, self.kind, self.value, self.item) = (field, kind, value, item)
    }
  }

  static let rows = [
    Row("max_participants", .clamped, .integer(200), "max_participants;clamped=200"),
    Row("comfort_noise", .default, .boolean(true), "comfort_noise;default=?1"),
    Row("start_conference_on_create", .forced, .boolean(false), "start_conference_on_create;forced=?0"),
    Row("beep_enabled", .default, .string("on_enter"), "beep_enabled;default=on_enter"),
    Row("region", .forced, .string("Middle East"), #"region;forced="Middle East""#),
    Row("region", .default, .string("US"), "region;default=US"),
    // A text is a string whatever is in it: no reader has to look for two types.
    Row("name", .forced, .string("standup"), #"name;forced="standup""#),
    Row("name", .forced, .string(#"a"b\c"#), #"name;forced="a\"b\\c""#),
    Row("name", .forced, .string("50 %"), #"name;forced="50 %""#),
    Row("name", .default, .string("füß\"\\%"), ##"name;default=%"f%c3%bc%c3%9f%22\%25""##),
    Row("hold_media_name", .noEffect, .string("hold-1"), #"hold_media_name;no_effect="hold-1""#),
    Row(
      "hold_audio_url", .forced, .string("https://h/" + String(repeating: "a", count: 244)),
      "hold_audio_url;forced=\"https://h/" + String(repeating: "a", count: 244) + "\""),
    Row("hold_audio_url", .forced, .string("https://h/" + String(repeating: "a", count: 245)), "hold_audio_url;forced"),
    Row("name", .default, .string(String(repeating: "ü", count: 43)), "name;default"),
    Row("region", .default, nil, "region;default"),
  ]

  @Test("has of each change what holds now", arguments: rows)
  func item(row: Row) throws {
    let field = try #require(Field(named: row.field))
    let change = Decision.Change(field: field, kind: row.kind, asked: nil, effective: row.value)
    #expect(Self.text([change]) == row.item)
    #expect(Self.text([change, change]) == "\(row.item), \(row.item)")
  }

  private static func text(_ changes: [Decision.Change]) -> String {
    var bytes: [UInt8] = []
    changes.writeParameterized(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
