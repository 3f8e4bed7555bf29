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
  /// What is spoken has markup in it that may play audio.
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
  /// Those of them that policy has something to say of, and what is judged in any body.
  private let judged: [CallField]
  private var faults: [Fault] = []
  private var omitted = 0

  init(of text: [UInt8], _ call: ConferenceCall) {
    body = CallBody(text: text)
    fields = call.specification.fields
    judged = fields.filter(\.isJudged) + CallField.watched
  }

  mutating func take(_ key: Span<UInt8>, _ value: JSONValue) {
    let name = String(decoding: key.indices.map { key[$0] }, as: UTF8.self)
    // One that carries audio, or makes somebody listen, in some call is taken to do so in all: who reads the body may know more than its documentation says.
    let field = CallField.named(name, among: fields) ?? CallField.named(name, among: CallField.watched)
    guard let field else { return takeUnknown(name, value) }
    // A client that has no value for a field says so.
    if case .null = value { return }
    switch field.meaning {
    case .free, .secret: takeFree(field, value)
    case .commandID: body.commandID = check(value, as: .commandID, of: field)?.string
    case .asInCreate(let other): body.asInCreate[other] = check(value, as: other, of: field)
    case .withinRules(let other):
      if let value = check(value, as: other, of: field) { body.limited.append((field, other, value)) }
    case .speech: takeSpeech(field, value)
    case .listening: takeListening(field, value)
    }
  }

  private mutating func takeFree(_ field: CallField, _ value: JSONValue) {
    refuseHidden(in: value, below: field.name)
    if field == .callControlID { body.callControlID = value.string }
    // A voice's name, or a setting, stands in the same markup as what it says.
    if fields.contains(.payload), value.hasMarkup { body.speaksAudio = field }
  }

  private mutating func takeSpeech(_ field: CallField, _ value: JSONValue) {
    guard let text = value.string else { return add(.wrongType(expected: "a string", found: value).at(field)) }
    if text.hasForeignMarkup { body.speaksAudio = field }
  }

  private mutating func takeListening(_ field: CallField, _ value: JSONValue) {
    switch value {
    // Telnyx's `none`, and a list of nobody, are how a client says that nobody does.
    case .string(let role): if !role.hasSameBytes(as: "none") { body.listening.append(field) }
    case .array(let calls) where calls.allSatisfy({ $0.string != nil }):
      if !calls.isEmpty { body.listening.append(field) }
    default: add(.wrongType(expected: "a string or a list of strings", found: value).at(field))
    }
  }

  private mutating func takeUnknown(_ name: String, _ value: JSONValue) {
    if let field = CallField.resembled(by: name, among: judged) {
      return add(.misnamed(name, field.name))
    }
    refuseHidden(in: value, below: name)
    if fields.contains(.payload), value.hasMarkup { body.speaksAudio = .payload }
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

  /// Audio that is named further down, or who listens, is judged by nobody.
  private mutating func refuseHidden(in value: JSONValue, below name: String) {
    guard let field = value.hiddenField else { return }
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

  /// One whose name another only looks like: see `Field(resembling:)`.
  fileprivate static func resembled(by name: String, among fields: [CallField]) -> CallField? {
    guard let shape = NameShape(name) else { return nil }
    return fields.first { shape.resembles($0.shape) }
  }

  fileprivate var isJudged: Bool {
    switch meaning {
    case .free, .secret: false
    case .asInCreate, .withinRules, .listening, .speech, .commandID: true
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
  /// The first field in whatever is in here that names audio, or makes somebody listen.
  fileprivate var hiddenField: CallField? {
    switch self {
    case .object(let object):
      for member in object.members {
        let field =
          CallField.named(member.key, among: CallField.watched)
          ?? CallField.resembled(by: member.key, among: CallField.watched) ?? member.value.hiddenField
        if let field { return field }
      }
      return nil
    case .array(let values): return values.lazy.compactMap(\.hiddenField).first
    default: return nil
    }
  }

  /// Whether any text in here could be an element.
  fileprivate var hasMarkup: Bool {
    switch self {
    case .string(let text): text.utf8.contains(UInt8(ascii: "<"))
    case .array(let values): values.contains(where: \.hasMarkup)
    case .object(let object): object.members.contains { $0.value.hasMarkup }
    default: false
    }
  }
}

extension String {
  /// Elements of SSML (W3C, version 1.1, and of the vendors' own) that play nothing but what is written in them.
  private static let speechElements: [String] = [
    "amazon:auto-breaths", "amazon:domain", "amazon:effect", "amazon:emotion", "break", "emphasis", "lang", "mark",
    "mstts:express-as", "mstts:silence", "mstts:viseme", "p", "phoneme", "prosody", "s", "say-as", "speak", "sub",
    "token", "voice", "w",
  ]

  /// Whether there is an element in here that is none of those, or a declaration, which could make one: then it may play what
  /// some `src` names.
  fileprivate var hasForeignMarkup: Bool {
    var rest = utf8[...]
    while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
      rest = rest[rest.index(after: start)...]
      // What is lenient may look for the name behind white space, or behind what nobody sees.
      var name = rest.drop { $0 <= 0x20 || $0 >= 0x80 }
      if name.first == UInt8(ascii: "/") { name = name.dropFirst() }
      guard let first = name.first, !(0x30...0x39).contains(first), first != UInt8(ascii: "=") else { continue }
      let isName = { (byte: UInt8) in
        (0x30...0x3A).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x2E
          || byte == 0x5F
      }
      let element = name.prefix(while: isName)
      if !Self.speechElements.contains(where: { $0.utf8.elementsEqual(element) }) { return true }
    }
    return false
  }
}
