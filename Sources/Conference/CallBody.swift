internal import JSON

/// The body of another call than the create: the caller's own bytes, and what policy has to judge of them.
package struct CallBody: Sendable {
  /// Sound JSON with an object at its top, no key of which stands twice.
  package let text: [UInt8]
  /// What it says as a create would, by the rules of which it is judged.
  package internal(set) var asInCreate = ConferenceCommand()
  /// What must lie within the rules of a create's field.
  package internal(set) var limited: [(field: CallField, of: Field, value: FieldValue)] = []
  /// Fields by which somebody listens in.
  package internal(set) var listening: [CallField] = []
  package internal(set) var commandID: String?
  /// Of the one call that it is about, where it is about one.
  package internal(set) var callControlID: String?
  /// Text to be spoken that has the element `audio` of SSML in it.
  package internal(set) var speaksAudio: CallField?
  /// Names that the table doesn't have.
  package internal(set) var unknown: [String] = []

  /// Judges a caller's body against the table. Every fault is found before any is reported.
  ///
  /// - Parameter body: none at all is an empty object.
  package static func decode(_ body: [UInt8], of call: ConferenceCall) throws(Refusal) -> CallBody {
    var reading = CallReading(of: body.isEmpty ? Array("{}".utf8) : body, call)
    let isObject: Bool
    do throws(JSONError) {
      isObject = try JSONObject.forEachMember(of: reading.body.text) { key, value in reading.take(key, value) }
    } catch {
      throw .malformed(error.message + (error.offset.map { ", near byte \($0)" } ?? ""))
    }
    guard isObject else { throw .malformed("the body must be a JSON object") }
    return try reading.finish()
  }
}

/// A body on its way out of its bytes: what the members seen so far make of it, and everything that is wrong with them.
private struct CallReading {
  private(set) var body: CallBody
  private let fields: [CallField]
  private var faults: [Fault] = []
  private var omitted = 0

  init(of text: [UInt8], _ call: ConferenceCall) {
    body = CallBody(text: text)
    fields = call.specification.fields
  }

  mutating func take(_ key: Span<UInt8>, _ value: JSONValue) {
    let name = String(decoding: key.indices.map { key[$0] }, as: UTF8.self)
    // One that carries audio in some call is taken to do so in all: who reads the body may know more than its documentation says.
    let field = fields.first { $0.name.hasSameBytes(as: name) } ?? CallField.named(name, among: CallField.carryingAudio)
    guard let field else { return takeUnknown(name, value) }
    // A client that has no value for a field says so.
    if case .null = value { return }
    switch field.meaning {
    case .free, .secret: takeFree(field, value)
    case .commandID: body.commandID = check(value, as: .commandID, of: field)?.string
    case .asInCreate(let other): body.asInCreate[other] = check(value, as: other, of: field)
    case .withinRules(let other):
      if let value = check(value, as: other, of: field) { body.limited.append((field, other, value)) }
    case .listening: if value.makesListen { body.listening.append(field) }
    }
  }

  private mutating func takeFree(_ field: CallField, _ value: JSONValue) {
    refuseHidden(in: value, below: field.name)
    if field == .callControlID { body.callControlID = value.string }
    if field == .payload, let text = value.string, text.hasAudioElement { body.speaksAudio = field }
  }

  private mutating func takeUnknown(_ name: String, _ value: JSONValue) {
    if let field = CallField.resembled(by: name, among: fields + CallField.carryingAudio) {
      return add(.misnamed(name, field.name))
    }
    refuseHidden(in: value, below: name)
    body.unknown.append(name)
  }

  private mutating func check(_ value: JSONValue, as other: Field, of field: CallField) -> FieldValue? {
    switch other.specification.kind.check(value) {
    case .success(let value): return value
    case .failure(let fault):
      add(fault.at(field))
      return nil
    }
  }

  /// Audio that is named further down is judged by nobody.
  private mutating func refuseHidden(in value: JSONValue, below name: String) {
    guard let field = value.hiddenAudio else { return }
    add(
      Fault(
        .badRequest, "has \(field.name), or what looks like it, in it, which must stand at the top of the body",
        pointer: Fault.pointer(to: name)))
  }

  private mutating func add(_ fault: Fault) {
    if faults.count < Fault.mostUnknown { faults.append(fault) } else { omitted += 1 }
  }

  consuming func finish() throws(Refusal) -> CallBody {
    if omitted > 0 { faults.append(Fault(.badRequest, "\(omitted) more members are as wrong")) }
    guard faults.isEmpty else { throw .invalid(faults) }
    return body
  }
}

extension CallField {
  fileprivate static func named(_ name: String, among fields: [CallField]) -> CallField? {
    fields.first { $0.name.hasSameBytes(as: name) }
  }

  /// One that policy has something to say of, and whose name another only looks like: see `Field(resembling:)`.
  fileprivate static func resembled(by name: String, among fields: [CallField]) -> CallField? {
    guard let shape = NameShape(name) else { return nil }
    return fields.first { $0.isJudged && shape.resembles(NameShape(ofField: $0.name)) }
  }

  private var isJudged: Bool {
    switch meaning {
    case .free, .secret: false
    case .asInCreate, .withinRules, .listening, .commandID: true
    }
  }
}

extension Fault {
  /// The same fault, told of a field of another call.
  package func at(_ field: CallField) -> Fault {
    var fault = self
    fault.detail = "\(field.name) \(detail)"
    fault.pointer = field.pointer
    return fault
  }
}

extension JSONValue {
  /// Telnyx's `none`, and a list of nobody, are how a client says that nobody does.
  fileprivate var makesListen: Bool {
    switch self {
    case .string(let role): !role.hasSameBytes(as: "none")
    case .array(let calls): !calls.isEmpty
    default: true
    }
  }

  /// The first field that names audio in whatever is in here.
  fileprivate var hiddenAudio: CallField? {
    switch self {
    case .object(let object):
      for member in object.members {
        let field =
          CallField.named(member.key, among: CallField.carryingAudio)
          ?? CallField.resembled(by: member.key, among: CallField.carryingAudio) ?? member.value.hiddenAudio
        if let field { return field }
      }
      return nil
    case .array(let values): return values.lazy.compactMap(\.hiddenAudio).first
    default: return nil
    }
  }
}

extension String {
  /// Whether an element of that name begins in here, in whatever case and namespace: SSML's plays what its `src` names.
  fileprivate var hasAudioElement: Bool {
    var rest = utf8[...]
    while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
      rest = rest[rest.index(after: start)...]
      let name = rest.prefix { byte in
        byte > 0x20 && byte != UInt8(ascii: "/") && byte != UInt8(ascii: ">") && byte != UInt8(ascii: "<")
      }
      let local = name.split(separator: UInt8(ascii: ":")).last ?? name
      if local.elementsEqual("audio".utf8, by: { $0 | 0x20 == $1 }) { return true }
    }
    return false
  }
}
