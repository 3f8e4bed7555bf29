internal import Conference
internal import JSON

/// Which call a request line asks for, and about what: any but the create.
struct CallTarget: Equatable, Sendable {
  let call: ConferenceCall
  /// As text, without escapes.
  private(set) var conferenceID: String?
  private(set) var participantID: String?
  /// As it came.
  let query: String?

  private init(_ call: ConferenceCall, query: String?) {
    self.call = call
    self.query = query
  }

  /// - Parameters:
  ///   - path: behind `/v2`.
  ///   - query: only of a call that changes nothing.
  /// - Returns: nil where it is another kind of route. The create is one.
  static func find(_ path: String, method: String, query: String?) throws(Refusal) -> CallTarget? {
    let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
    guard segments.first?.elementsEqual("conferences".utf8) == true else { return nil }
    var methods: [String] = []
    for call in ConferenceCall.allCases {
      let specification = call.specification
      guard specification.path.count == segments.count else { continue }
      var target = CallTarget(call, query: query)
      guard zip(specification.path, segments).allSatisfy({ target.take($0, String(Substring($1))) }) else { continue }
      guard specification.method.rawValue.hasSameBytes(as: method) else {
        methods.append(specification.method.rawValue)
        continue
      }
      if call == .create { return nil }
      try target.checkQuery()
      return target
    }
    guard methods.isEmpty else { throw .methodNotAllowed(path, methods) }
    throw .noSuchPath
  }

  private mutating func take(_ expected: CallSpecification.Segment, _ segment: String) -> Bool {
    switch expected {
    case .literal(let text): return text.hasSameBytes(as: segment)
    case .conferenceID:
      conferenceID = Self.id(segment)
      return conferenceID != nil
    case .participantID:
      participantID = Self.id(segment)
      return participantID != nil
    }
  }

  /// nil where whoever reads the path behind this gateway could take it for something else than one name.
  private static func id(_ segment: String) -> String? {
    guard let id = PercentEncoding.decode(segment), (1...255).contains(id.utf8.count),
      id.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"/\\?#%;".utf8.contains($0) }),
      !id.utf8.allSatisfy({ $0 == UInt8(ascii: ".") })
    else { return nil }
    return id
  }

  private func checkQuery() throws(Refusal) {
    guard let query else { return }
    guard call.isRead else { throw .noQuery }
    guard query.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
      throw .badRequest("the query has a byte in it that must be escaped there")
    }
    // Whose conference it is was asked of the one in the path. Who reads the query behind this gateway must find no other.
    guard conferenceID == nil || !query.split(separator: "&").contains(where: Self.namesConference) else {
      throw .badRequest("the query must not name a conference: the path does")
    }
  }

  /// However it is written; a name that can't be read may be any.
  private static func namesConference(_ parameter: Substring) -> Bool {
    let name = parameter.prefix { $0 != "=" }
    guard let decoded = PercentEncoding.decode(String(name)) else { return true }
    let letters = decoded.utf8.lazy.map { $0 | 0x20 }.filter { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    return String(decoding: Array(letters), as: UTF8.self).contains("conference")
  }

  /// Under Telnyx's base URL, without the query: written anew from what was judged.
  var path: String {
    call.specification.path.reduce(into: "") { path, segment in
      switch segment {
      case .literal(let text): path += "/" + text
      case .conferenceID: path += "/" + PercentEncoding.encode(conferenceID ?? "")
      case .participantID: path += "/" + PercentEncoding.encode(participantID ?? "")
      }
    }
  }
}

extension CallSpecification {
  /// As OpenTelemetry's `http.route` has it.
  var template: String {
    path.reduce(into: "") { path, segment in
      switch segment {
      case .literal(let text): path += "/" + text
      case .conferenceID: path += "/{id}"
      case .participantID: path += "/{participant_id}"
      }
    }
  }
}
