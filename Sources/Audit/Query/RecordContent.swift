internal import Gateway
internal import JSON

/// What is wanted of the text of a record. Of each several values may be right; none given = any.
package struct RecordContent: Sendable {
  /// Or `settled`.
  package var outcomes: [String] = []
  package var statuses: [ClosedRange<Int64>] = []
  /// Rules, or the fields or kinds that they begin with: `max_participants` stands for `max_participants.max`, too.
  package var rules: [String] = []
  package var requestIDs: [String] = []
  /// Ids of conferences.
  package var conferences: [String] = []
  /// Names of Telnyx's calls.
  package var calls: [String] = []
  /// Pseudonyms.
  package var callControls: [String] = []
  /// Each of them must hold.
  package var fields: [FieldCondition] = []
  /// Of the records that tell of a configuration, only those where it isn't the one before.
  package var onlyChanges = false

  /// In the place of an outcome: one that ended a doubt.
  package static let settled = "settled"

  package init() {}

  package var isEmpty: Bool {
    fields.isEmpty && !onlyChanges && statuses.isEmpty
      && [outcomes, rules, requestIDs, conferences, calls, callControls].allSatisfy(\.isEmpty)
  }

  /// Whether a record is wanted. One that can't be read is only where any is.
  package func admits(text: [UInt8]) -> Bool { isEmpty || (try? JSONValue.parse(text)).map(admits) ?? false }

  private func admits(_ record: JSONValue) -> Bool {
    hasOutcome(record) && has(requestIDs, record["request_id"], record["request_id_bytes"])
      && has(conferences, record["conference"]?["id"], record["conference"]?["id_bytes"])
      && has(calls, record["call"]) && has(callControls, record["call_control_id"]) && hasStatus(record)
      && hasRule(record)
      && fields.allSatisfy { $0.holds(in: record) } && (!onlyChanges || Self.tellsOfChange(record))
  }

  private func has(_ wanted: [String], _ value: JSONValue?, _ bytes: JSONValue? = nil) -> Bool {
    guard !wanted.isEmpty else { return true }
    guard let text = value?.string else { return false }
    return wanted.contains { wanted in
      let wanted = AuditText(wanted)
      return wanted.text.utf8.elementsEqual(text.utf8) && wanted.bytes.map(Int64.init) == bytes?.integer
    }
  }

  private func hasOutcome(_ record: JSONValue) -> Bool {
    has(outcomes, record["outcome"]) || outcomes.contains(Self.settled) && record["settled_by"] != nil
  }

  private func hasStatus(_ record: JSONValue) -> Bool {
    statuses.isEmpty || record["status"]?.integer.map { status in statuses.contains { $0.contains(status) } } ?? false
  }

  /// A refusal names the rule of each thing that was wrong; the record itself the first one's.
  private func hasRule(_ record: JSONValue) -> Bool {
    guard !rules.isEmpty else { return true }
    let named = [record["rule"]] + (record["errors"]?.array ?? []).map { $0["rule"] }
    return named.contains { rule in
      guard let rule = rule?.string else { return false }
      return rules.contains { rule.utf8.elementsEqual($0.utf8) || rule.utf8.starts(with: "\($0).".utf8) }
    }
  }

  /// A first one, before which there was none, counts.
  private static func tellsOfChange(_ record: JSONValue) -> Bool {
    record["decision"]?.string == "configuration" && record["changed_count"]?.integer != 0
  }

  /// Texts of which a record must hold one of each group: a database looks for them in a fraction of the time that it takes
  /// to read a record.
  package var needles: [[String]] {
    let outcomes = outcomes.map { $0 == Self.settled ? "settled_by" : $0 }
    var groups = [outcomes, requestIDs, conferences, calls, callControls].map { $0.map { Self.needle($0) } }
    groups.append(rules.map { Self.needle($0, isWhole: false) })
    groups.append(statuses.map { "\"status\":\($0.count == 1 ? $0.lowerBound : $0.lowerBound / 100)" })
    groups += fields.compactMap(\.soughtName).map { [Self.needle($0)] }
    if onlyChanges { groups.append([Self.needle("configuration")]) }
    // SQLite takes no more than a thousand alternatives of an expression, and to look for many takes longer than to read.
    return groups.filter { (1...64).contains($0.count) && !$0.contains(nil) }.map { $0.compactMap(\.self) }
  }

  /// As it stands in every version's records: what could be escaped is not looked for.
  private static func needle(_ text: String, isWhole: Bool = true) -> String? {
    let isPlain = text.utf8.count <= AuditText.maximum && text.utf8.allSatisfy(Self.isPlain)
    return isPlain ? "\"\(text)\(isWhole ? "\"" : "")" : nil
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20, 0x2B, 0x2D, 0x2E, 0x3A, 0x3D, 0x40, 0x5F: true
    default: false
    }
  }
}
