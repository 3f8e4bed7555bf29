import JSON

/// A conference that was created, and who is in it.
struct Conference: Sendable {
  enum Status: String, CaseIterable {
    case `init`, in_progress, completed
  }

  enum EndReason: String {
    case allLeft = "all_left"
    case viaAPI = "ended_via_api"
    case hostLeft = "host_left"
  }

  let id: String
  let name: String
  let callControlID: String
  let region: String
  let largestCount: Int
  /// The token for which alone it is there; nil = for all.
  let owner: String?
  let created: Timestamp
  let expires: Timestamp
  private(set) var updated: Timestamp
  private(set) var status = Status.`init`
  private var ending: (reason: EndReason, callControlID: String)?
  /// Until it is started, whoever joins is put on hold.
  var isStarted: Bool
  var isRecorded = false
  /// In the order in which they came first. It begins with the call leg that the conference was created with.
  var participants: [Participant]
  /// When each command id was executed. Telnyx knows them by conference, whatever the action.
  var commands: [ByteString: ContinuousClock.Instant] = [:]

  /// - Parameters:
  ///   - body: one in which the create's schema finds no error.
  ///   - id: nil = a new one.
  ///   - owner: the token for which alone it is there; nil = for all.
  init(_ body: JSONObject, id: String? = nil, at created: Timestamp, nameForm: NameForm = .asSent, owner: String? = nil)
  {
    let id = id ?? Self.makeID()
    let callControlID = body["call_control_id"]?.string ?? ""
    self.id = id
    name = nameForm.apply(to: body["name"]?.string ?? "")
    self.owner = owner
    self.callControlID = callControlID
    region = "sv1"
    largestCount = Int(body["max_participants"]?.integer ?? 250)
    isStarted = body["start_conference_on_create"]?.boolean != false
    self.created = created
    // Four hours, whatever was asked for.
    expires = created.adding(minutes: min(body["duration_minutes"]?.integer ?? 240, 240))
    updated = created
    participants = [Participant(callControlID, of: id, number: 1, at: created)]
    participants[0].isOnHold = !isStarted
  }

  func isVisible(to token: String?) -> Bool { owner == nil || owner == token }

  var isActive: Bool { status != .completed }

  /// It is in progress as soon as anybody joins it after it was started.
  mutating func begin(at time: Timestamp) {
    guard isStarted, status == .`init` else { return }
    status = .in_progress
    updated = time
  }

  /// - Parameter callControlID: by whom; nil = by the call leg that it was created with.
  mutating func end(_ reason: EndReason = .viaAPI, by callControlID: String? = nil, at time: Timestamp) {
    status = .completed
    updated = time
    ending = (reason, callControlID ?? self.callControlID)
    isRecorded = false
    for index in participants.indices where participants[index].isPresent { participants[index].leave(at: time) }
  }

  var json: JSONValue {
    var data: JSONObject = [
      "record_type": .string("conference"), "id": .string(id), "name": .string(name),
      "created_at": .string(created.text), "expires_at": .string(expires.text), "updated_at": .string(updated.text),
      "region": .string(region), "status": .string(status.rawValue),
      "connection_id": .string("1684641123236054244"),
    ]
    if let ending {
      data.append("end_reason", .string(ending.reason.rawValue))
      data.append(
        "ended_by", ["call_control_id": .string(ending.callControlID), "call_session_id": .string("session-\(id)")])
    }
    return .object(data)
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
