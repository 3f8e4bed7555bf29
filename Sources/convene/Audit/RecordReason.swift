internal import Conference
internal import JSON

/// Why a record says what it says, in a few words for a table.
enum RecordReason {
  private static let most = 8

  static func text(_ record: JSONValue) -> String {
    let parts =
      if record["decision"]?.string == "configuration" {
        changes(record)
      } else if let heads = record["heads"]?.array {
        ["\(heads.count) other chains"]
      } else if record["decision"]?.string == "undelivered" {
        ["\(record["count"]?.integer ?? 0) records that sinks may lack"]
      } else if let errors = record["errors"]?.array, !errors.isEmpty {
        listed(errors.map(text(error:)), of: record["errors_count"])
      } else {
        [record["rule"]?.string, failure(record), record["settled_by"]?.string.map { "settled by \($0)" }]
          .compactMap(\.self)
      }
    let all = [record["call"]?.string].compactMap(\.self) + parts
    return all.isEmpty ? "-" : all.joined(separator: "; ")
  }

  private static func failure(_ record: JSONValue) -> String? {
    record["outcome"]?.string == "executed" ? nil : record["upstream"]?["code"]?.plainText
  }

  private static func text(error: JSONValue) -> String {
    let code = error["code"]?.string ?? ""
    let title = Fault.Code(rawValue: code).map { "\(code) \($0.title)" } ?? code
    let place = error["rule"]?.string ?? error["pointer"]?.string
    return title + (place.map { ": \($0)" } ?? "")
  }

  private static func changes(_ record: JSONValue) -> [String] {
    guard let changed = record["changed"]?.array else { return ["no earlier one"] }
    guard !changed.isEmpty else { return ["nothing changed"] }
    let texts = changed.map { change in
      let pointer = change["pointer"]?.string ?? ""
      return switch (change["before"]?.plainText, change["after"]?.plainText) {
      case (let before?, let after?): "\(pointer) \(before) -> \(after)"
      case (nil, let after?): "\(pointer) added: \(after)"
      case (let before?, nil): "\(pointer) removed: \(before)"
      case (nil, nil): pointer
      }
    }
    return listed(texts, of: record["changed_count"])
  }

  private static func listed(_ texts: [String], of count: JSONValue?) -> [String] {
    let more = max(count?.integer ?? 0, Int64(texts.count)) - Int64(min(texts.count, most))
    return texts.prefix(most) + (more > 0 ? ["and \(more) more"] : [])
  }
}
