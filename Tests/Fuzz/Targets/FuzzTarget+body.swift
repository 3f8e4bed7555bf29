internal import Conference
internal import JSON
internal import Policy

extension FuzzTarget {
  /// 1. What `JSON` takes for JSON is JSON to others too, and says the same to them.
  /// 2. A command that was decoded is the same command, with the same fingerprint, when what is written of it is decoded again.
  /// 3. What policy has allowed obeys the rules in the bytes that go out, as another program reads them.
  /// 4. A refusal is an envelope that can be read, whatever it quotes.
  static func checkBody(_ body: [UInt8]) throws(Violation) {
    let reading = IndependentJSON(body)
    let command: ConferenceCommand
    do throws(Refusal) {
      command = try ConferenceCommand.decode(body)
    } catch {
      return try check(refusal: error, kinds: [.malformed, .invalid])
    }
    let names = Set(Field.all.map { Array($0.name.utf8) })
    // A field that is null is one that is not given.
    let asked = try require(reading?.members, "what was decoded is a JSON object")
      .filter { $0.value != .null || !names.contains($0.key) }
    try require(reading?.hasUniqueKeys ?? false, "what was decoded has no key twice")

    let written = command.body()
    guard let again = try? ConferenceCommand.decode(written) else { throw Violation("a written command can be read") }
    try require(again == command, "a written command is the same command")
    try require(again.fingerprintText() == command.fingerprintText(), "a written command has the same fingerprint")
    try require(again.body() == written, "a command is written in one way only")
    try check(written: written, of: asked)

    for policy in [FuzzPolicy.lenient, .strict] {
      let decision: Decision
      do throws(Refusal) {
        decision = try policy.effective.decide(command)
      } catch {
        try check(refusal: error, kinds: [.policy])
        continue
      }
      let sent = try require(IndependentJSON(decision.command.body()), "what is sent is JSON")
      try require(sent.hasUniqueKeys, "what is sent has no key twice")
      if policy.forwardsUnknown { try checkLenient(sent, asked) } else { try checkStrict(sent) }
      try checkForm(sent)
    }
  }

  private static func check(refusal: Refusal, kinds: Set<Refusal.Kind>) throws(Violation) {
    try require(kinds.contains(refusal.kind), "a body is refused for what is wrong with a body, not \(refusal.kind)")
    let envelope = IndependentJSON(refusal.envelope(requestID: "id"))
    let errors = try require(envelope?["errors"]?.elements, "an envelope has errors")
    try require(!errors.isEmpty && errors.allSatisfy { $0["code"]?.string?.count == 5 }, "each error has a code")
  }

  /// What is written holds exactly the members that were asked, and their values.
  private static func check(written: [UInt8], of asked: [IndependentJSON.Member]) throws(Violation) {
    let members = try require(IndependentJSON(written)?.members, "what is written is a JSON object")
    try require(members.count == asked.count, "no member is lost or new")
    for member in members {
      let original = asked.first { $0.key == member.key }
      try require(original?.value == member.value, "each member is what was asked")
    }
  }

  // MARK: The two policies' rules, as somebody else would write them down

  private static func checkLenient(_ sent: IndependentJSON, _ asked: [IndependentJSON.Member]) throws(Violation) {
    let name = sent["name"]?.string?.utf8 ?? "".utf8
    try require(
      (1...128).contains(name.count)
        && name.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }, "name.pattern")
    try require(["never", "on_enter", "on_exit"].contains(sent["beep_enabled"]?.string), "beep_enabled.allow")
    try require((1...240).contains(sent["duration_minutes"]?.integer ?? 0), "duration_minutes.max")
    try require((2...100).contains(sent["max_participants"]?.integer ?? 0), "max_participants.max")
    try require(sent["start_conference_on_create"] == .boolean(false), "start_conference_on_create.force")
    try require(sent["region"] == nil || ["US", "Europe"].contains(sent["region"]?.string), "region.allow")
    if let media = sent["hold_media_name"] {
      let text = media.string ?? ""
      try require(
        text.utf8.starts(with: "hold-music-".utf8)
          || text.utf8.starts(with: "hold-".utf8) && text.utf8.count >= 11
            && text.utf8.suffix(6).elementsEqual("-quiet".utf8),
        "hold_media_name.allow")
    }
    if let url = sent["hold_audio_url"] {
      let text = url.string ?? ""
      try require(
        text.utf8.starts(with: "https://media.example.com/hold/".utf8)
          || ["", "/", "?"].contains { text.hasPrefix("http://www.example.com/audio.wav" + $0) }, "hold_audio_url.allow"
      )
      try checkPlain(url: text)
    }
    // What policy doesn't know goes along as it was asked.
    let names = Set(Field.all.map { Array($0.name.utf8) })
    let unknown = asked.filter { !names.contains($0.key) }
    let forwarded = (sent.members ?? []).filter { !names.contains($0.key) }
    for member in unknown {
      let plain = member.key.filter { $0 != 0x5F && $0 != 0x2D && $0 != 0x20 }.map {
        (0x41...0x5A).contains($0) ? $0 | 0x20 : $0
      }
      try require(!names.contains { $0.filter { $0 != 0x5F } == plain }, "no name only looks like a field's")
    }
    try require(
      unknown.count == forwarded.count
        && zip(unknown, forwarded).allSatisfy { $0 == $1 },
      "unknown members are forwarded")
  }

  private static func checkStrict(_ sent: IndependentJSON) throws(Violation) {
    let names = Set(Field.all.map { Array($0.name.utf8) })
    try require(sent.members?.allSatisfy { names.contains($0.key) } ?? false, "unknown_fields.reject")
    try require(sent["client_state"] == nil, "client_state.forbid")
    try require(sent["command_id"] != nil, "command_id.require")
    try require(sent["region"]?.string == "US", "region.allow")
    // Telnyx assumes 240 and 250 where nothing is given: the first is moved to the bound, the second refused.
    try require((5...60).contains(sent["duration_minutes"]?.integer ?? 0), "duration_minutes.max")
    try require((3...7).contains(sent["max_participants"]?.integer ?? 0), "max_participants.max")
    guard let url = sent["hold_audio_url"] else { return }
    let prefix = "https://media.example.com/hold"
    try require(
      ["/", "?"].contains { url.string?.hasPrefix(prefix + $0) ?? false } || url.string == prefix,
      "hold_audio_url.allow")
    try checkPlain(url: url.string ?? "")
  }

  /// The table, whatever policy says.
  private static func checkForm(_ sent: IndependentJSON) throws(Violation) {
    for (name, length) in [
      ("call_control_id", 1...1024), ("name", 1...255), ("command_id", 1...255), ("hold_audio_url", 1...4096),
      ("hold_media_name", 1...255),
    ] {
      guard let value = sent[name] else {
        try require(name != "call_control_id" && name != "name", "\(name) is there")
        continue
      }
      guard case .string(let bytes) = value else { throw Violation("\(name) is a string") }
      try require(length.contains(bytes.count), "\(name) has its length")
      try require(!bytes.contains { $0 < 0x20 || $0 == 0x7F }, "\(name) has no control character")
    }
    try require(sent["hold_audio_url"] == nil || sent["hold_media_name"] == nil, "only one hold field")
    if let state = sent["client_state"] {
      guard case .string(let bytes) = state else { throw Violation("client_state is a string") }
      let digits = bytes.prefix { $0 != UInt8(ascii: "=") }
      try require(
        bytes.count % 4 == 0 && bytes.count - digits.count <= 2 && bytes[digits.count...].allSatisfy { $0 == 0x3D }
          && digits.allSatisfy {
            $0 == 0x2B || $0 == 0x2F || Character(Unicode.Scalar($0)).isLetter || $0 < 0x3A && $0 > 0x2F
          },
        "client_state is Base64")
    }
  }
}
