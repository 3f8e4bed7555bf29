import Conference
import Testing

/// A name that only looks like a field's is no way around policy.
@Suite("Resembling names")
struct ResemblingNameTests {
  /// Ways to write a name that is not the name and can be taken for it, for each of the fields.
  static let disguises: [(String, @Sendable (String) -> String)] = [
    ("upper case", { $0.uppercased() }),
    ("words with capitals", { capitalized($0).joined(separator: "_") }),
    ("one capital", { $0.prefix(1).uppercased() + $0.dropFirst() }),
    ("camel case", { words($0)[0] + capitalized($0).dropFirst().joined() + ($0.contains("_") ? "" : "_") }),
    ("hyphens", { words($0).joined(separator: "-") + ($0.contains("_") ? "" : "-") }),
    ("no separators and a capital", { $0.filter { $0 != "_" }.uppercased() }),
    ("spaces", { words($0).joined(separator: " ") + " " }),
    ("dots", { "." + words($0).joined(separator: ".") }),
    ("two separators", { "_" + words($0).joined(separator: "__") }),
    ("a tab before it", { "\t" + $0 }),
    ("a line feed behind it", { $0 + "\n" }),
    ("a NUL behind it", { $0 + "\0" }),
    ("brackets", { $0 + "[]" }),
    ("a zero-width space", { insert("\u{200B}", $0) }),
    ("a zero-width joiner", { insert("\u{200D}", $0) }),
    ("a word joiner", { insert("\u{2060}", $0) }),
    ("a byte order mark", { "\u{FEFF}" + $0 }),
    ("a soft hyphen", { insert("\u{AD}", $0) }),
    ("a right-to-left override", { "\u{202E}" + $0 }),
    ("a variation selector", { insert("\u{FE0F}", $0) }),
    ("a hundred of what can't be seen", { insert(String(repeating: "\u{200B}", count: 100), $0) }),
    ("a Hangul filler", { insert("\u{3164}", $0) }),
    ("a no-break space", { $0 + "\u{A0}" }),
    ("a combining dot", { insert("\u{307}", $0) }),
    ("an accent", { replace(["a": "\u{E1}", "e": "\u{E9}"], $0) }),
    ("fullwidth letters", { shifted($0, from: "a", to: 0xFF41) }),
    ("bold letters of mathematics", { shifted($0, from: "a", to: 0x1D41A) }),
    ("script letters of mathematics", { shifted($0, from: "a", to: 0x1D4EA) }),
    ("monospaced letters of mathematics", { shifted($0, from: "a", to: 0x1D68A) }),
    ("letters in circles", { shifted($0, from: "a", to: 0x24D0) }),
    (
      "Cyrillic letters",
      { replace(["a": "\u{430}", "e": "\u{435}", "o": "\u{43E}", "c": "\u{441}", "p": "\u{440}"], $0) }
    ),
    ("Greek letters", { replace(["a": "\u{3B1}", "o": "\u{3BF}", "i": "\u{3B9}", "n": "\u{3B7}"], $0) }),
    ("one letter of Armenian", { replace(["n": "\u{578}", "o": "\u{585}"], $0) }),
    (
      "look-alikes alone",
      {
        replace(
          [
            "a": "\u{430}", "e": "\u{435}", "n": "\u{578}", "m": "\u{217F}", "o": "\u{43E}", "i": "\u{456}",
            "c": "\u{441}", "r": "\u{433}", "g": "\u{581}", "d": "\u{501}", "l": "\u{4CF}", "t": "\u{3C4}",
            "s": "\u{455}", "u": "\u{57D}", "p": "\u{440}", "b": "\u{13CF}", "h": "\u{4BB}", "f": "\u{192}",
          ], $0)
      }
    ),
    (
      "look-alikes of Greek and Cyrillic",
      { replace(["n": "\u{3B7}", "a": "\u{430}", "m": "\u{43C}", "e": "\u{435}", "i": "\u{3B9}"], $0) }
    ),
    ("an exclamation mark", { replace(["i": "!", "l": "!", "a": "@"], $0) }),
    ("an inverted exclamation mark", { replace(["i": "\u{A1}", "l": "\u{A1}", "a": "@"], $0) }),
    ("at signs", { replace(["a": "@", "s": "$", "o": "0"], $0) }),
    ("digits", { replace(["a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7", "g": "9", "b": "8"], $0) }),
    ("other digits", { replace(["a": "4", "g": "6", "b": "6", "o": "0"], $0) }),
    ("a combined accent", { replace(["a": "a\u{301}", "e": "e\u{308}"], $0) }),
    ("fullwidth digits", { replace(["a": "\u{FF14}", "e": "\u{FF13}", "i": "\u{FF11}", "o": "\u{2070}"], $0) }),
    ("letters as signs", { replace(["a": "\u{AA}", "c": "\u{A9}", "r": "\u{AE}", "t": "+"], $0) }),
    ("regional indicators", { shifted($0, from: "a", to: 0x1F1E6) }),
    (
      "superscript letters",
      { replace(["n": "\u{207F}", "a": "\u{1D43}", "m": "\u{1D50}", "e": "\u{1D49}", "o": "\u{1D52}"], $0) }
    ),
    ("capital look-alikes", { replace(["a": "\u{391}", "e": "\u{415}", "o": "\u{39F}", "m": "\u{39C}"], $0) }),
    ("a Latin alpha, a script g", { replace(["a": "\u{251}", "g": "\u{261}", "e": "\u{435}"], $0) }),
    ("small capitals", { replace(["a": "\u{1D00}", "m": "\u{1D0D}", "e": "\u{1D07}"], $0) }),
    ("a fullwidth low line", { words($0).joined(separator: "\u{FF3F}") + "\u{FF3F}" }),
    ("a modifier's low macron", { words($0).joined(separator: "\u{2CD}") + "\u{2CD}" }),
    ("a minus sign", { words($0).joined(separator: "\u{2212}") + "\u{2212}" }),
    ("a dash", { words($0).joined(separator: "\u{2013}") + "\u{2013}" }),
    (
      "digits for letters",
      { replace(["o": "0", "l": "1", "i": "1", "m": "M"], $0.hasPrefix("n") ? $0.uppercased() : $0) }
    ),
    ("l for i, capital i for l", { replace(["i": "l", "l": "I", "m": "rn", "n": "N"], $0) }),
    ("a ligature", { $0.split(separator: "st", omittingEmptySubsequences: false).joined(separator: "\u{FB06}") + " " }),
  ]

  @Test("whatever looks like a field's name is refused with the right one", arguments: Field.all)
  func disguised(field: Field) {
    for (disguise, wear) in Self.disguises {
      let key = wear(field.name)
      #expect(Field(named: key) == nil, "\(disguise): \(key)")
      let found = refusal(key)
      #expect(found?.kind == .invalid && found?.faults.count == 1, "\(disguise): \(key)")
      let fault = found?.faults.first
      #expect(fault?.code == .badRequest && fault?.pointer == "/" + key, "\(disguise): \(key)")
      #expect(fault?.detail.contains(field.name) == true, "\(disguise): \(key)")
    }
  }

  @Test(
    "a name that looks like no field's goes on",
    arguments: [
      "later_field", "max_participant", "max_participants_2", "participants_max", "maximum", "names", "nam", "regions",
      "na\u{EF}ve", "\u{540D}\u{524D}", "\u{440}\u{435}\u{433}\u{438}\u{43E}\u{43D}", "", " ", "_", "\u{1F44D}",
      "command", "id", "na\u{6570}\u{636E}", "r\u{7C73}g\u{7C73}o\u{7C73}", "na\u{1F44D}me", "reg\u{4E2A}on",
      "\u{43D}\u{430}\u{437}\u{432}\u{430}",
      "name2", "region_2", "n\u{438}me", "\u{5D0}ame", "name\u{2605}", "hold_audio_url_2", "hold_audio_uri", "c+1",
      "r\u{438}gion", "reg\u{664}on", "max_participants_us",
      "nane",
      "record_enabled", "beep_enable", "call_control_ids", "regional", "client_states", "n5me", "custom_headers",
      "sip_region",
      "hold_music_url", "start_conference", "call_session_id", String(repeating: "name", count: 5_000),
    ])
  func others(key: String) {
    #expect(refusal(key) == nil)
  }

  @Test("the true field beside it is judged as ever, and all that is wrong is told")
  func beside() {
    #expect(
      faults(
        #"{"call_control_id":"a","Name":"n","max_participants":1,"max-participants":800,"a/b~c":1,"call/control~id":""}"#
      )
        == [
          "10033 /max_participants", "10015 /Name", "10015 /max-participants", "10015 /call~1control~0id",
          "10004 /name",
        ])
  }

  @Test("a body full of such names is answered with a few of them and the number of the rest")
  func many() throws {
    let members = (1...1000).map { "\"NAME\(String(repeating: "_", count: $0))\":1" }
    let faults = try #require(refusal(members: members.joined(separator: ","))).faults
    #expect(faults.count == 33 && faults.last?.detail.hasPrefix("968 more ") == true)
  }

  private func refusal(_ key: String) -> Refusal? {
    // Escaped, since some can't stand in JSON otherwise.
    let escaped = key.utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
    return refusal(members: "\"\(escaped.joined())\":800")
  }

  private func refusal(members: String) -> Refusal? {
    do {
      _ = try decode(#"{"call_control_id":"a","name":"n",\#(members)}"#)
      return nil
    } catch {
      return error
    }
  }
}

private func words(_ name: String) -> [String] { name.split(separator: "_").map(String.init) }

private func capitalized(_ name: String) -> [String] { words(name).map { $0.prefix(1).uppercased() + $0.dropFirst() } }

private func insert(_ text: String, _ name: String) -> String { name.prefix(2) + text + name.dropFirst(2) }

/// At least one of the letters is in each name.
private func replace(_ letters: [Character: String], _ name: String) -> String {
  name.map { letters[$0] ?? String($0) }.joined()
}

/// Every letter as the one of another alphabet that begins at `code`.
private func shifted(_ name: String, from first: Unicode.Scalar, to code: UInt32) -> String {
  var shifted = String.UnicodeScalarView()
  for scalar in name.unicodeScalars {
    let letter = scalar == "_" ? nil : Unicode.Scalar(code + scalar.value - first.value)
    shifted.append(letter ?? scalar)
  }
  return String(shifted)
}
