internal import EventLoop

@testable internal import Gateway

/// What was asked of Telnyx about one command and what it said, for a judge who reads it by his own means.
struct LookUpTranscript {
  struct Look {
    let path: String
    let outcome: AttemptOutcome
    /// Seconds from the command's first send to this answer.
    let after: Int64
  }

  /// A page of a list.
  private struct Page {
    let look: Look
    /// The look's place among all, from 0.
    let index: Int
    let number: Int64
    let size: Int64
    let pages: Int64
    let results: Int64
    let rows: [IndependentJSON]
  }

  /// Conferences that other commands have.
  let others: Set<String>
  /// When the command was first sent, by this machine's calendar, in seconds since 1970.
  let firstSent: Int64
  /// Whether it is known how long ago that was.
  let knowsElapsed: Bool
  var looks: [Look] = []

  /// Five minutes: by so much, clocks are believed to differ.
  private let margin: Int64 = 300

  // MARK: Absence

  /// What makes it certain that no conference in the lists is the command's.
  func requireProofOfAbsence() throws(Violation) {
    var pages: [(status: String?, page: Page)] = []
    for (index, look) in looks.enumerated() {
      try require(look.path.contains("filter"), "who was asked about may be there, so nothing proves absence")
      pages.append((Self.parameter("filter%5Bstatus%5D", of: look.path), try page(look, at: index)))
    }
    try requireOneClock()
    let statuses: [String?] = ["init", "in_progress", "completed", nil]
    var rest = pages[...]
    for status in statuses {
      let list = rest.prefix { $0.status == status }.map(\.page)
      rest = rest.dropFirst(list.count)
      try requireWhole(list, status ?? "no status")
      for page in list { try requireStrangers(page, status) }
    }
    try require(rest.isEmpty, "nothing else was asked")
  }

  /// As the reply itself has it, by what RFC 8259 and Telnyx's `meta` say.
  private func page(_ look: Look, at index: Int) throws(Violation) -> Page {
    guard case .replied(let reply) = look.outcome, reply.status == 200 else { throw Violation("each list was there") }
    try require(reply.fields.texts(of: "age").isEmpty, "no list is a cache's")
    let text = reply.body.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(reply.body.dropFirst(3)) : reply.body
    let json = try require(IndependentJSON(text), "each list is JSON")
    try require(json.hasUniqueKeys, "no list says a thing twice")
    let rows = try require(json.only("data")?.elements, "each list has its rows, once")
    let meta = try require(json.only("meta"), "each list has its meta, once")
    // That there is more can be said in many ways.
    let more =
      (json.members ?? []).filter { !["data", "meta"].contains($0.name) }
      + (meta.members ?? []).filter { !["page_number", "page_size", "total_pages", "total_results"].contains($0.name) }
    try require(!more.contains { $0.value.saysAnything }, "no list says that it goes on")
    for field in ["x-next", "x-next-page", "next-cursor"] {
      try require(reply.fields.texts(of: field).allSatisfy(\.isEmpty), "nor does its head")
    }
    let links = reply.fields.texts(of: "link").map { $0.lowercased() }
    try require(!links.contains { $0.contains("next") }, "nor does a link in its head")
    func number(_ name: String) throws(Violation) -> Int64 {
      try require(meta.only(name)?.integer, "meta has its \(name), once")
    }
    let asked = Self.parameter("page%5Bnumber%5D", of: look.path).flatMap { Int64($0) } ?? 1
    let page = Page(
      look: look, index: index, number: try number("page_number"), size: try number("page_size"),
      pages: try number("total_pages"), results: try number("total_results"), rows: rows)
    try require(page.number == asked, "the page is the one that was asked for")
    return page
  }

  /// Every row of the list was seen, at one moment.
  private func requireWhole(_ list: [Page], _ status: String) throws(Violation) {
    let first = try require(list.first, "all of \(status) were asked for")
    let count = max(first.pages, 1)
    let same = list.allSatisfy { $0.pages == first.pages && $0.results == first.results && $0.size == first.size }
    try require(same, "all pages say the same of their list")
    let order = list.map(\.number)
    let once = count < 100 ? Array(1...count) : []
    try require(
      count == 1 ? order == once : order == once + once, "each page was read, and of more than one each again")
    let ids = list.flatMap { $0.rows.map { $0.only("id") } }
    if count > 1 { try require(ids.prefix(ids.count / 2) == ids.suffix(ids.count / 2), "no row has moved") }
    var seen: [IndependentJSON?] = []
    for id in ids where !seen.contains(id) { seen.append(id) }
    try require(Int64(seen.count) == first.results, "there are as many conferences as meta says")
  }

  /// Each row is certainly another command's.
  private func requireStrangers(_ page: Page, _ status: String?) throws(Violation) {
    for row in page.rows {
      let id = try require(row.only("id")?.string, "a row has an id")
      try require(!id.isEmpty, "a row has an id")
      if let status, let own = row.only("status")?.string {
        try require(own.utf8.elementsEqual(status.utf8), "a row has the status that was asked for")
      }
      if others.contains(where: { $0.utf8.elementsEqual(id.utf8) }) { continue }
      let created = try require(row.created, "a row says when it was made")
      let sent = try require(sent(before: page.index), "who tells nothing of Telnyx's clock excludes nothing by time")
      try require(created < (sent - margin) * 1_000_000, "a stranger was made long before")
    }
  }

  // MARK: Clocks

  /// When the command was first sent, by Telnyx's clock as an answer shows it.
  private func sent(by look: Look) -> Int64? {
    guard knowsElapsed, case .replied(let reply) = look.outcome, let date = reply.date else { return nil }
    let dates = reply.fields.texts(of: "date")
    // Of two nobody knows which one is right.
    guard dates.count == 1 else { return nil }
    return (Self.seconds(ofDate: dates[0]) ?? date.microseconds / 1_000_000) - look.after
  }

  /// The earliest that any answer up to this one shows.
  private func sent(before index: Int) -> Int64? { looks[...index].compactMap { sent(by: $0) }.min() }

  private func requireOneClock() throws(Violation) {
    let shown = looks.compactMap { sent(by: $0) }
    guard let earliest = shown.min(), let latest = shown.max() else { return }
    try require(latest - earliest <= margin / 2, "Telnyx's clocks are one")
  }

  // MARK: Presence

  /// What is found was listed under the command's name, and from its time; the command's call is among its participants; and
  /// it is described.
  func requireProofOfPresence(_ id: String, _ reply: UpstreamReply, call: String, name: String) throws(Violation) {
    try require(!id.isEmpty && FuzzTarget.names(reply, id), "what is found is described")
    try require(!others.contains(id), "what is found is no other command's")
    try require(looks.last?.outcome == .replied(reply) && looks.count >= 3, "what is found was asked for last")
    let before = looks[looks.count - 2]
    try require(before.path.contains("/participants?"), "before it, its participants were")
    if let participants = Self.reading(before) {
      let isThere = participants["data"]?.elements?.contains { $0.only("call_control_id")?.string == call } ?? false
      try require(isThere, "the command's call is there")
    }
    let isListed = looks.indices.contains { index in
      let rows = Self.reading(looks[index])?["data"]?.elements ?? []
      let sent = sent(before: index) ?? firstSent
      return rows.contains { row in
        guard row.only("id")?.string == id, let created = row.created else { return false }
        let letters = (row.only("name")?.string ?? "").lowercased().utf8.filter { (0x61...0x7A).contains($0) }
        return letters.elementsEqual(name.utf8) && abs(created - sent * 1_000_000) <= margin * 1_000_000
      }
    }
    try require(isListed || looks.contains { Self.reading($0) == nil }, "what is found was listed, as the command's")
  }

  private static func reading(_ look: Look) -> IndependentJSON? {
    guard case .replied(let reply) = look.outcome else { return nil }
    return IndependentJSON(reply.body)
  }

  private static func parameter(_ name: String, of path: String) -> String? {
    let query = path.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst()
    for pair in query.split(separator: UInt8(ascii: "&")) where pair.starts(with: (name + "=").utf8) {
      return String(pair.dropFirst(name.utf8.count + 1))
    }
    return nil
  }
}
