import JSON
import TestKit
import Testing

/// One of Telnyx's calls about conferences, as a client makes it: written down here once more, not taken from the gateway's table.
struct CallRow: Sendable, CustomTestStringConvertible {
  let name: String
  let group: String
  let method: String
  /// Behind the conference's own.
  let path: String
  var body = ""
  /// What has to happen before it.
  var before: [String] = []

  var testDescription: String { name }

  var isRead: Bool { group == "read" }

  static let caller = #"{"call_control_id":"v3:of-a-test"}"#
  static let callers = #"{"call_control_ids":["v3:of-a-test"]}"#

  static let all: [CallRow] = [
    CallRow(name: "list", group: "read", method: "GET", path: ""),
    CallRow(name: "retrieve", group: "read", method: "GET", path: "/ID"),
    CallRow(name: "list_participants", group: "read", method: "GET", path: "/ID/participants"),
    CallRow(name: "retrieve_participant", group: "read", method: "GET", path: "/ID/participants/PARTICIPANT"),
    CallRow(
      name: "update_participant", group: "participants", method: "PATCH", path: "/ID/participants/PARTICIPANT",
      body: #"{"end_conference_on_exit":true}"#),
    action("join", #"{"call_control_id":"v3:another","command_id":"join-1"}"#),
    action("leave", caller), action("hold", callers), action("unhold", callers, before: ["hold"]),
    action("mute", callers), action("unmute", callers, before: ["mute"]),
    action("play", #"{"audio_url":"https://media.example.com/hold/a.mp3"}"#), action("stop", callers, before: ["play"]),
    action("speak", #"{"payload":"hello","voice":"female"}"#),
    action("gather_using_audio", #"{"call_control_id":"v3:of-a-test","media_name":"hold-1"}"#),
    action("send_dtmf", #"{"digits":"1"}"#), action("end", ""),
    action("record_start", #"{"format":"wav"}"#, "recording"),
    action("record_stop", "{}", "recording", before: ["record_start"]),
    action("record_pause", "{}", "recording", before: ["record_start"]),
    action("record_resume", "{}", "recording", before: ["record_start", "record_pause"]),
    action(
      "update", #"{"call_control_id":"v3:of-a-test","supervisor_role":"monitor"}"#, "listening"),
  ]

  private static func action(
    _ name: String, _ body: String, _ group: String = "participants", before: [String] = []
  ) -> CallRow {
    CallRow(name: name, group: group, method: "POST", path: "/ID/actions/\(name)", body: body, before: before)
  }
}

extension GatewayProcess {
  /// Makes a call about a conference.
  func make(
    _ row: CallRow, about conferenceID: String, participant: String = "", key: String? = GatewayProcess.key
  ) throws -> WireReply {
    let path = row.path.replacing("ID", with: conferenceID, maxReplacements: 1)
      .replacing("PARTICIPANT", with: participant)
    return try call(row.method, "/v2/conferences" + path, row.body, key: key)
  }

  func act(
    _ name: String, on conferenceID: String, _ body: String = "{}", key: String? = GatewayProcess.key
  ) throws -> WireReply {
    try call("POST", "/v2/conferences/\(conferenceID)/actions/\(name)", body, key: key)
  }

  /// - Returns: the id of the conference that was created.
  func conference(
    _ commandID: String?, name: String = "daily", key: String? = GatewayProcess.key
  ) throws -> String {
    let reply = try create(Self.command(commandID, name: name), key: key)
    return try unwrap(reply.json()["data"]?["id"]?.string, "no conference: \(reply.text)")
  }
}

extension WireReply {
  /// Of the first error.
  var error: JSONValue? { (try? json())?["errors"]?.array?.first }
  var kind: String? { error?["meta"]?["kind"]?.string }
  var rule: String? { error?["meta"]?["rule"]?.string }
}
