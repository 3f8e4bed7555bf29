internal import Conference
internal import JSON

/// The list of all conferences, as a team may see it: read whole at Telnyx, page by page, and told anew from the team's own rows.
/// To filter each page for itself would give pages without a row, which SDKs take for the end of the list.
///
/// A value without I/O: a page goes in, and in the end the list comes out.
struct OwnedListing {
  enum Progress: Equatable {
    case more, whole
    /// It has more pages than are read for one request.
    case tooLong
    /// What came is no page of a list.
    case unreadable
  }

  /// Telnyx's longest, and how many of them are read: a list of more rows is for whoever narrows it.
  private static let pageSize = 250
  static let mostPages = 40
  /// Of their bytes: parsed, they take some times as much.
  static let mostBytes = 8 << 20
  /// What Telnyx gives where nothing is said.
  private static let defaultSize: Int64 = 20

  /// All of the query but for its pages.
  private let filters: [String]
  private let asked: (number: Int64, size: Int64)
  private var page: Int64 = 1
  private var bytes = 0
  private var rows: [(id: String, row: JSONValue)] = []
  private var seen: Set<ByteString> = []

  /// - Parameter query: of the caller's request.
  init(query: String?) throws(Refusal) {
    var filters: [String] = []
    var (number, size): (Int64, Int64) = (1, Self.defaultSize)
    for parameter in (query ?? "").split(separator: "&") {
      let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? String(parts[1]) : ""
      switch PercentEncoding.decode(String(parts[0])) {
      case "page[number]": number = try Self.count(value, "page[number]", most: Int64(Int32.max))
      case "page[size]": size = try Self.count(value, "page[size]", most: Int64(Self.pageSize))
      default: filters.append(String(parameter))
      }
    }
    self.filters = filters
    asked = (number, size)
  }

  private static func count(_ text: String, _ name: String, most: Int64) throws(Refusal) -> Int64 {
    guard let number = Int64(text), text.utf8.first != UInt8(ascii: "+"), (1...most).contains(number) else {
      throw .badRequest("\(name) must be an integer from 1 to \(most)")
    }
    return number
  }

  /// Of the page that is asked for next.
  var path: String {
    let pages = ["page%5Bsize%5D=\(Self.pageSize)", "page%5Bnumber%5D=\(page)"]
    return "/conferences?" + (filters + pages).joined(separator: "&")
  }

  mutating func take(_ body: [UInt8]) -> Progress {
    bytes += body.count
    guard bytes <= Self.mostBytes else { return .tooLong }
    guard let json = try? JSONValue.parse(body), let data = json["data"]?.array,
      let pages = json["meta"]?["total_pages"]?.integer
    else { return .unreadable }
    for row in data {
      // One without an id is nobody's.
      guard let id = row["id"]?.string, seen.insert(ByteString(id)).inserted else { continue }
      rows.append((id, row))
    }
    guard page < pages, !data.isEmpty else { return .whole }
    page += 1
    return page > Int64(Self.mostPages) ? .tooLong : .more
  }

  var conferenceIDs: [String] { rows.map(\.id) }

  /// The page that the caller has asked for.
  func body(owned: Set<ByteString>) -> [UInt8] {
    let own = rows.filter { owned.contains(ByteString($0.id)) }
    let (count, size) = (Int64(own.count), asked.size)
    let pages = (count + size - 1) / size
    let start = min((asked.number - 1) * size, count)
    var writer = JSONWriter(capacity: 1024)
    writer.beginObject()
    writer.key("data")
    writer.beginArray()
    for (_, row) in own[Int(start)..<Int(min(start + size, count))] { writer.value(row) }
    writer.endArray()
    writer.key("meta")
    writer.beginObject()
    for (key, value) in [
      ("total_pages", pages), ("total_results", count), ("page_number", asked.number), ("page_size", size),
    ] as [(StaticString, Int64)] {
      writer.key(key)
      writer.value(value)
    }
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }
}
