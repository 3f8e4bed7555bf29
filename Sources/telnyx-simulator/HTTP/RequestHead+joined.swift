import JSON

extension RequestHead {
  /// A field that came more than once is one field with commas (RFC 9110, section 5.3): no object has a key twice.
  var joinedHeaders: JSONObject {
    var joined: [(name: String, value: String)] = []
    for header in headers {
      if let index = joined.firstIndex(where: { $0.name == header.name }) {
        joined[index].value += ", \(header.value)"
      } else {
        joined.append(header)
      }
    }
    return JSONObject(members: joined.map { JSONObject.Member(key: $0.name, value: .string($0.value)) })
  }
}
