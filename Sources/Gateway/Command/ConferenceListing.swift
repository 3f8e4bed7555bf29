internal import EventLoop
internal import JSON

/// One list of conferences at Telnyx, page by page, until it is certain that it was read whole: a value without I/O.
///
/// `meta` says how large the list is, and pages may be smaller than was asked for. A list of one page is whole where
/// `meta` and the rows agree, and nothing else in the reply could say that there is more: beside `data` and `meta`, and
/// what is known of `meta`, no member has a value that says anything. Of more pages that is not enough, since rows move
/// between them while they are read: all are read again, and only where each is as it was before was that the list at
/// the moment between.
struct ConferenceListing: Sendable {
  /// A row of the list.
  struct Row: Sendable, Hashable {
    let id: String
    let name: String?
    let status: String?
    /// By Telnyx's clock.
    let created: WallTime
  }

  enum Progress: Sendable, Equatable {
    /// Ask for the next page (`page`).
    case more
    case whole
    /// It can't be read, contradicts itself or has changed meanwhile: what else is in it nobody knows.
    case doubtful
  }

  /// To ask for next; pages count from 1.
  private(set) var page: Int64 = 1
  private var meta: Meta?
  /// Of all pages, in their order.
  private var rows: [Row] = []
  /// Of those, how many were there again at the second reading; nil = it has not begun.
  private var confirmed: Int?

  /// Takes the reply for `page`.
  ///
  /// - Returns: its rows, as far as they can be read, and how to go on.
  mutating func take(_ reply: JSONValue) -> (rows: [Row], Progress) {
    let found = reply["data"]?.array ?? []
    let read = found.compactMap(Row.init)
    guard reply["data"]?.array != nil, read.count == found.count, Self.hasNothing(reply, beside: ["data", "meta"]),
      let meta = Meta(reply["meta"]), meta.page == page,
      Int64(read.count) == meta.rows, self.meta?.isOfSameList(as: meta) ?? true
    else { return (read, .doubtful) }
    self.meta = meta
    return (read, goOn(with: read, meta))
  }

  private mutating func goOn(with read: [Row], _ meta: Meta) -> Progress {
    if let confirmed {
      guard rows[confirmed...].starts(with: read) else { return .doubtful }
      self.confirmed = confirmed + read.count
    } else {
      rows += read
    }
    guard page >= meta.pages else {
      page += 1
      return .more
    }
    guard Int64(Set(rows.map(\.id)).count) == meta.results else { return .doubtful }
    guard meta.pages > 1, confirmed == nil else { return .whole }
    confirmed = 0
    page = 1
    return .more
  }

  /// Whether no other member of an object says anything. `next`, `has_more`, `links`, `cursor`: how a list may go on in
  /// a form that nobody knows yet can't be told, only that none of its members does.
  private static func hasNothing(_ value: JSONValue, beside known: [String]) -> Bool {
    guard case .object(let object) = value else { return false }
    return object.members.allSatisfy { member in
      known.contains { $0.utf8.elementsEqual(member.key.utf8) } || isNothing(member.value)
    }
  }

  private static func isNothing(_ value: JSONValue) -> Bool {
    switch value {
    case .null, .boolean(false), .integer(0): true
    case .string(let text): text.isEmpty
    case .array(let values): values.allSatisfy(isNothing)
    case .object(let object): object.members.allSatisfy { isNothing($0.value) }
    default: false
    }
  }

  /// What a page says of its list.
  private struct Meta: Sendable {
    let page: Int64
    /// Rows a page, but for the last.
    let size: Int64
    let pages: Int64
    let results: Int64

    /// nil where a number is missing, is none, or doesn't agree with the others.
    init?(_ meta: JSONValue?) {
      guard let meta, ConferenceListing.hasNothing(meta, beside: Self.names), let page = meta["page_number"]?.integer,
        let size = meta["page_size"]?.integer,
        let pages = meta["total_pages"]?.integer, let results = meta["total_results"]?.integer, page >= 1, size >= 1,
        results >= 0
      else { return nil }
      let needed = results / size + (results % size > 0 ? 1 : 0)
      // An empty list may be called one page or none.
      guard pages == needed || results == 0 && pages == 1, page <= max(pages, 1) else { return nil }
      (self.page, self.size, self.pages, self.results) = (page, size, pages, results)
    }

    private static let names = ["page_number", "page_size", "total_pages", "total_results"]

    /// On this page.
    var rows: Int64 { page < pages ? size : results - max(pages - 1, 0) * size }

    func isOfSameList(as other: Meta) -> Bool {
      size == other.size && pages == other.pages && results == other.results
    }
  }
}

extension ConferenceListing.Row {
  fileprivate init?(_ row: JSONValue) {
    guard let id = row["id"]?.string, !id.isEmpty,
      let created = row["created_at"]?.string.flatMap(WallTime.init(rfc3339:))
    else { return nil }
    self.init(id: id, name: row["name"]?.string, status: row["status"]?.string, created: created)
  }
}
