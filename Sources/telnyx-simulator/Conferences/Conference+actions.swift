import JSON

extension Conference {
  /// Carries out an action, unless its command was within the window.
  ///
  /// - Parameter body: one in which the action's schema finds no error.
  mutating func execute(
    _ action: ConferenceAction, _ body: JSONObject, at time: Timestamp, within window: Duration
  ) throws(Refusal) -> CallOutcome {
    let command = action.schema.has("command_id") ? body["command_id"]?.string.map { ByteString($0) } : nil
    // Before anything else: a repeated `end` finds the conference ended by the first one.
    if let command, let last = commands[command], last.duration(to: .now) < window { return .duplicate }
    guard isActive else { throw .noConference }
    do throws(TelnyxError) {
      try perform(action, body, at: time)
    } catch {
      throw Refusal(422, [error])
    }
    if let command { commands[command] = .now }
    return .executed
  }

  private mutating func perform(
    _ action: ConferenceAction, _ body: JSONObject, at time: Timestamp
  ) throws(TelnyxError) {
    switch action {
    case .join: try join(body, at: time)
    case .leave: try leave(body, at: time)
    case .hold: try changeAll(of: body, at: time) { $0.isOnHold = true }
    case .unhold: try changeAll(of: body, at: time) { $0.isOnHold = false }
    case .mute: try changeAll(of: body, at: time) { $0.isMuted = true }
    case .unmute: try changeAll(of: body, at: time) { $0.isMuted = false }
    // What is heard shows in no reply.
    case .play, .stop, .speak, .sendDTMF: _ = try audience(of: body)
    case .gatherUsingAudio: _ = try participant(of: body)
    case .recordStart: isRecorded = true
    case .recordPause, .recordResume: try requireRecording()
    case .recordStop:
      try requireRecording()
      isRecorded = false
    case .update:
      let index = try participant(of: body)
      participants[index].set(role: body)
      participants[index].touch(at: time)
    case .end: end(at: time)
    }
  }

  /// A leg that comes again takes its row again.
  private mutating func join(_ body: JSONObject, at time: Timestamp) throws(TelnyxError) {
    let leg = body["call_control_id"]?.string ?? ""
    let row = participants.firstIndex { $0.callControlID.hasSameBytes(as: leg) }
    let isPresent = row.map { participants[$0].isPresent } ?? false
    guard isPresent || participants.count(where: \.isPresent) < largestCount else {
      throw TelnyxError(.badRequest, "The conference has as many participants as it may have.")
    }
    if row == nil {
      participants.append(Participant(leg, of: id, number: participants.count + 1, at: time))
    }
    let index = row ?? participants.count - 1
    participants[index].join(body, at: time)
    if body["start_conference_on_enter"]?.boolean == true, !isStarted {
      isStarted = true
      for other in participants.indices where other != index && participants[other].isPresent {
        participants[other].isOnHold = false
        participants[other].touch(at: time)
      }
    }
    if !isStarted { participants[index].isOnHold = true }
    begin(at: time)
  }

  /// Whether a host's exit ends the conference softly makes no difference here: only that the calls of the others go on, and of
  /// calls nothing is known.
  private mutating func leave(_ body: JSONObject, at time: Timestamp) throws(TelnyxError) {
    let index = try participant(of: body)
    participants[index].leave(at: time)
    if participants[index].isHost {
      end(.hostLeft, by: participants[index].callControlID, at: time)
    } else if !participants.contains(where: \.isPresent) {
      end(.allLeft, by: participants[index].callControlID, at: time)
    }
  }

  private func requireRecording() throws(TelnyxError) {
    if !isRecorded { throw TelnyxError(.badRequest, "The conference is not being recorded.") }
  }

  private mutating func changeAll(
    of body: JSONObject, at time: Timestamp, _ change: (inout Participant) -> Void
  ) throws(TelnyxError) {
    for index in try audience(of: body) {
      change(&participants[index])
      participants[index].touch(at: time)
    }
  }

  /// Whom an action is about: those that its body names, or else everybody who is there.
  private func audience(of body: JSONObject) throws(TelnyxError) -> [Int] {
    let legs = body["call_control_ids"]?.array?.compactMap(\.string) ?? []
    if legs.isEmpty { return participants.indices.filter { participants[$0].isPresent } }
    var audience: [Int] = []
    for (number, leg) in legs.enumerated() { audience.append(try index(of: leg, "/call_control_ids/\(number)")) }
    return audience
  }

  private func participant(of body: JSONObject) throws(TelnyxError) -> Int {
    try index(of: body["call_control_id"]?.string ?? "", "/call_control_id")
  }

  private func index(of leg: String, _ pointer: String) throws(TelnyxError) -> Int {
    let index = participants.firstIndex { $0.isPresent && $0.callControlID.hasSameBytes(as: leg) }
    guard let index else { throw TelnyxError(.callControlID, "No such call is in the conference.", pointer: pointer) }
    return index
  }
}
