internal import Gateway

/// How many bytes of header fields fit into a reply, whatever its request was: libmicrohttpd writes a reply's head beside
/// the request's, and closes the connection without a word where both are too large for what it has.
enum ReplyRoom {
  private static let bytes = 3 * 1024

  /// All fields, or those that are left when the largest are taken away until the others fit. The gateway's own are small:
  /// it is one of Telnyx's that goes.
  static func fitting(_ fields: [ReplyField]) -> [ReplyField] {
    var size = fields.reduce(0) { $0 + Self.size(of: $1) }
    var fields = fields
    while size > bytes, let largest = fields.indices.max(by: { Self.size(of: fields[$0]) < Self.size(of: fields[$1]) })
    {
      size -= Self.size(of: fields.remove(at: largest))
    }
    return fields
  }

  /// With what separates name, value and the next field.
  private static func size(of field: ReplyField) -> Int { field.name.utf8.count + field.value.utf8.count + 4 }
}
