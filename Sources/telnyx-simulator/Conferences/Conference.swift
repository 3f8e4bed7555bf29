import JSON

/// A conference that was created.
struct Conference: Sendable {
  enum Status: String, CaseIterable {
    case `init`, in_progress, completed
  }

  let id: String
  let name: String
  let callControlID: String
  let region: String
  let isOnHold: Bool
  /// The token for which alone it is there; nil = for all.
  let owner: String?
  let created: Timestamp
  let expires: Timestamp
  private(set) var updated: Timestamp
  private(set) var status = Status.`init`

  /// - Parameters:
  ///   - body: one in which the create's schema finds no error.
  ///   - id: nil = a new one.
  ///   - owner: the token for which alone it is there; nil = for all.
  init(_ body: JSONObject, id: String? = nil, at created: Timestamp, nameForm: NameForm = .asSent, owner: String? = nil)
  {
    self.id = id ?? Self.makeID()
    name = nameForm.apply(to: body["name"]?.string ?? "")
    self.owner = owner
    callControlID = body["call_control_id"]?.string ?? ""
    region = "sv1"
    isOnHold = body["start_conference_on_create"]?.boolean == false
    self.created = created
    // Four hours, whatever was asked for.
    expires = created.adding(minutes: min(body["duration_minutes"]?.integer ?? 240, 240))
    updated = created
  }

  func isVisible(to token: String?) -> Bool { owner == nil || owner == token }

  var isActive: Bool { status != .completed }

  mutating func end(at time: Timestamp) {
    status = .completed
    updated = time
  }

  var json: JSONValue {
    var data: JSONObject = [
      "record_type": .string("conference"), "id": .string(id), "name": .string(name),
      "created_at": .string(created.text), "expires_at": .string(expires.text), "updated_at": .string(updated.text),
      "region": .string(region), "status": .string(status.rawValue),
      "connection_id": .string("1684641123236054244"),
    ]
    if status == .completed {
      data.append("end_reason", .string("ended_via_api"))
      data.append(
        "ended_by", ["call_control_id": .string(callControlID), "call_session_id": .string("session-\(id)")])
    }
    return .object(data)
  }

  /// The only participant that the simulator knows: the call leg that the conference was created with.
  var participant: JSONValue {
    [
      "record_type": .string("participant"), "id": .string("participant-\(id)"),
      "call_control_id": .string(callControlID), "call_leg_id": .string("leg-\(id)"),
      "conference": ["id": .string(id), "name": .string(name)],
      "status": .string(isActive ? "joined" : "left"), "muted": .boolean(false), "on_hold": .boolean(isOnHold),
      "end_conference_on_exit": .boolean(false), "soft_end_conference_on_exit": .boolean(false),
      "whisper_call_control_ids": .array([]),
      "created_at": .string(created.text), "updated_at": .string(updated.text),
    ]
  }

  /// A random UUID (RFC 9562, version 4).
  private static func makeID() -> String {
    let high = UInt64.random(in: 0...UInt64.max) & ~0xF000 | 0x4000
    let low = UInt64.random(in: 0...UInt64.max) & ~(0b11 << 62) | (0b10 << 62)
    let digits = [high, low].map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 16 - text.utf8.count) + text
    }.joined()
    var id = ""
    for (index, digit) in digits.unicodeScalars.enumerated() {
      if [8, 12, 16, 20].contains(index) { id += "-" }
      id.unicodeScalars.append(digit)
    }
    return id
  }
}
