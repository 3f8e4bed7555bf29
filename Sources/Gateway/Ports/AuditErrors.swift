package import Conference
internal import JSON

/// Why a request was refused, as a record has it: what the caller was told, without the words.
package struct AuditErrors: Sendable, Equatable {
  package static let most = 8

  /// `[{"code", "pointer", "rule"}]`, the pointer and the rule where there is one; empty where nothing was refused.
  package let json: [UInt8]
  /// How many there were, those beyond the first few included.
  package let count: Int

  package static let none = AuditErrors(json: [], count: 0)

  private init(json: [UInt8], count: Int) {
    self.json = json
    self.count = count
  }

  package init(_ refusal: Refusal) {
    var writer = JSONWriter(capacity: 64, escapesUnseen: true)
    writer.beginArray()
    for fault in refusal.faults.prefix(Self.most) {
      writer.beginObject()
      writer.member("code", fault.code.rawValue)
      if let pointer = fault.pointer { writer.member("pointer", "pointer_bytes", AuditText(pointer)) }
      if let rule = fault.rule { writer.member("rule", rule) }
      writer.endObject()
    }
    writer.endArray()
    self.init(json: writer.bytes, count: refusal.faults.count)
  }

  package var isEmpty: Bool { count == 0 }
}
