/// The values of the label `status`: those that this gateway and Telnyx are known to answer with, and for each other one its
/// class, so that whatever answers in Telnyx's place can't make more of them.
enum StatusLabel {
  private static let known = [
    200, 201, 202, 204, 400, 401, 402, 403, 404, 405, 409, 410, 411, 413, 415, 417, 422, 429, 431, 500, 502, 503, 504,
  ]

  /// By their indices.
  static let all = known.map { "\($0)" } + ["2xx", "3xx", "4xx", "5xx", "other"]

  static let ok = index(of: 200)

  private static let table: [UInt8] = (0..<600).map { status in
    let group = status / 100 >= 2 ? known.count + status / 100 - 2 : known.count + 4
    return UInt8(known.firstIndex(of: status) ?? group)
  }

  static func index(of status: Int) -> Int {
    table.indices.contains(status) ? Int(table[status]) : all.count - 1
  }
}
