internal import Conference
package import JSON

/// A command's fields as a record has them: those of a command that was sent, or those that a refused one asked for.
///
/// JSON text, written by the worker whose request it is: the ledger's thread, for which all workers wait, only copies it.
package struct AuditFields: Sendable, Equatable {
  package struct Field {
    package let name: String
    /// What policy did to it: `default`, `clamped`, `forced`, as in `Convene-Policy`, or `refused`; nil = nothing.
    package let change: String?
    /// What the caller wrote; nil where it wrote nothing, or just what is sent.
    package let asked: JSONValue?
    /// What is sent; nil where nothing is.
    package let effective: JSONValue?

    package init(name: String, change: String? = nil, asked: JSONValue? = nil, effective: JSONValue? = nil) {
      self.name = name
      self.change = change
      self.asked = asked
      self.effective = effective
    }
  }

  /// Policy speaks of no more than a command has; of fields that Convene doesn't know there may be thousands.
  package static let most = 32

  /// `[{"name", "change", "asked", "effective"}]`, each with its length in bytes beside it where it was cut; empty where
  /// there are none.
  package let json: [UInt8]
  /// How many more there were.
  package let omitted: Int

  package init(_ write: (inout List) -> Void) {
    var list = List()
    write(&list)
    (json, omitted) = list.whole
  }

  package var isEmpty: Bool { json.isEmpty }

  /// What is written field by field.
  package struct List {
    private var writer = JSONWriter(capacity: 640, escapesUnseen: true)
    private var count = 0

    /// One that Convene knows and policy left as it was: nearly all of them.
    mutating func append(_ field: Conference.Field, effective: FieldValue) {
      if case .string(let text) = effective, text.utf8.count > AuditText.maximum {
        return append(field, change: nil, asked: nil, effective: effective)
      }
      guard isNext() else { return }
      writer.beginObject(written: Self.beginnings[field.index])
      effective.write(to: &writer)
      writer.endObject()
    }

    /// `{"name":"NAME","effective":` of each field.
    private static let beginnings = Conference.Field.all.map { Array("{\"name\":\"\($0.name)\",\"effective\":".utf8) }

    /// One that Convene knows: there is nothing to cut but a long text.
    mutating func append(_ field: Conference.Field, change: String?, asked: FieldValue?, effective: FieldValue?) {
      guard begin() else { return }
      writer.member("name", field.specification.key)
      if let change { writer.member("change", change) }
      if let asked { write("asked", "asked_bytes", asked) }
      if let effective { write("effective", "effective_bytes", effective) }
      writer.endObject()
    }

    private mutating func write(_ key: StaticString, _ bytesKey: StaticString, _ value: FieldValue) {
      if case .string(let text) = value, text.utf8.count > AuditText.maximum {
        writer.member(key, bytesKey, AuditText(text))
      } else {
        writer.key(key)
        value.write(to: &writer)
      }
    }

    private mutating func begin() -> Bool {
      guard isNext() else { return false }
      writer.beginObject()
      return true
    }

    /// Counts one more, and says whether it is to be written.
    private mutating func isNext() -> Bool {
      count += 1
      guard count <= AuditFields.most else { return false }
      if count == 1 { writer.beginArray() }
      return true
    }

    /// - Parameter field: not made where it is only counted: a caller may send thousands that Convene doesn't know.
    package mutating func append(_ field: @autoclosure () -> Field) {
      guard begin() else { return }
      let field = field()
      writer.member("name", "name_bytes", AuditText(field.name))
      if let change = field.change { writer.member("change", change) }
      if let asked = field.asked { writer.member("asked", "asked_bytes", AuditValue(asked)) }
      if let effective = field.effective { writer.member("effective", "effective_bytes", AuditValue(effective)) }
      writer.endObject()
    }

    fileprivate var whole: (json: [UInt8], omitted: Int) {
      mutating get {
        guard count > 0 else { return ([], 0) }
        writer.endArray()
        return (writer.bytes, max(count - AuditFields.most, 0))
      }
    }
  }
}

extension AuditFields: ExpressibleByArrayLiteral {
  package init(_ fields: [Field]) { self.init { list in for field in fields { list.append(field) } } }

  package init(arrayLiteral fields: Field...) { self.init(fields) }
}

extension JSONWriter {
  /// A text that a caller chose, and how long it was where it was cut.
  package mutating func member(_ key: StaticString, _ bytesKey: StaticString, _ text: AuditText) {
    member(key, text.text)
    if let bytes = text.bytes { member(bytesKey, bytes) }
  }

  fileprivate mutating func member(_ key: StaticString, _ bytesKey: StaticString, _ value: AuditValue) {
    self.key(key)
    self.value(value.json)
    if let bytes = value.bytes { member(bytesKey, bytes) }
  }
}
