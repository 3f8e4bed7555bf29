internal import Gateway

/// How many bytes of header fields fit into a reply, whatever its request was: libmicrohttpd writes a reply's head beside
/// the request's, and closes the connection without a word where both are too large for what it has.
enum ReplyRoom {
  private static let bytes = 3 * 1024

  /// All fields, or those that are left when the largest are taken away until the others fit. The gateway's own are small:
  /// it is one of Telnyx's that goes.
  static func fitting(_ fields: HeaderFields) -> HeaderFields {
    var fields = fields
    while fields.size > bytes, let largest = fields.entries.max(by: { $0.size < $1.size }) {
      fields = fields.filtered { $0 != largest }
    }
    return fields
  }
}
