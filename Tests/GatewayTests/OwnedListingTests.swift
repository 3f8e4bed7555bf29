import Conference
import JSON
import TestKit
import Testing

@testable import Gateway

@Suite("The list of a team's own conferences")
struct OwnedListingTests {
  private func page(_ ids: [String], pages: Int) -> [UInt8] {
    let rows = ids.map { #"{"id":"\#($0)","name":"n","n":1.50}"# }.joined(separator: ",")
    return Array(#"{"data":[\#(rows)],"meta":{"total_pages":\#(pages),"total_results":9}}"#.utf8)
  }

  private func owned(_ ids: String...) -> Set<ByteString> { Set(ids.map { ByteString($0) }) }

  @Test("is read to its end, by the caller's filters, and told as the page that was asked for")
  func pages() throws {
    var listing = try OwnedListing(query: "filter%5Bname%5D=a%20b&page[size]=2&page%5Bnumber%5D=2")
    #expect(listing.path == "/conferences?filter%5Bname%5D=a%20b&page%5Bsize%5D=250&page%5Bnumber%5D=1")
    #expect(listing.take(page(["a", "b", "c"], pages: 2)) == .more)
    #expect(listing.path.hasSuffix("page%5Bnumber%5D=2"))
    #expect(listing.take(page(["c", "d", "e"], pages: 2)) == .whole)
    #expect(listing.conferenceIDs == ["a", "b", "c", "d", "e"])
    let json = try JSONValue.parse(listing.body(owned: owned("a", "c", "e")))
    #expect(json["data"]?.array?.compactMap { $0["id"]?.string } == ["e"])
    #expect(json["data"]?.array?.first?.text == Array(#"{"id":"e","name":"n","n":1.50}"#.utf8))
    #expect(
      json["meta"]
        == .object([
          "total_pages": .integer(2), "total_results": .integer(3), "page_number": .integer(2),
          "page_size": .integer(2),
        ]))
  }

  @Test("is empty where the team has none, and beyond its end")
  func empty() throws {
    for query in [nil, "page[number]=7"] {
      var listing = try OwnedListing(query: query)
      #expect(listing.take(page(["a"], pages: 1)) == .whole)
      #expect(try JSONValue.parse(listing.body(owned: []))["data"] == .array([]))
      #expect(try JSONValue.parse(listing.body(owned: owned("a")))["data"]?.array?.count == (query == nil ? 1 : 0))
    }
  }

  @Test("of more pages than are read for one request is not told in part")
  func tooLong() throws {
    var listing = try OwnedListing(query: nil)
    for number in 1..<OwnedListing.mostPages { #expect(listing.take(page(["\(number)"], pages: 99)) == .more) }
    #expect(listing.take(page(["last"], pages: 99)) == .tooLong)
  }

  @Test("of more bytes than are read for one request is not told in part either")
  func tooLarge() throws {
    var listing = try OwnedListing(query: nil)
    let filler = String(repeating: "x", count: OwnedListing.mostBytes / 4)
    let page = Array(#"{"data":[{"id":"a","name":"\#(filler)"}],"meta":{"total_pages":9}}"#.utf8)
    for _ in 0..<3 { #expect(listing.take(page) == .more) }
    #expect(listing.take(page) == .tooLong)
  }

  @Test(
    "is not made of what is none",
    arguments: [
      "", "[]", "{}", #"{"data":{}}"#, #"{"data":[]}"#, #"{"data":[],"meta":{"total_pages":"1"}}"#,
      #"{"data":[],"data":[],"meta":{"total_pages":1}}"#,
    ])
  func unreadable(body: String) throws {
    var listing = try OwnedListing(query: nil)
    #expect(listing.take(Array(body.utf8)) == .unreadable)
  }

  @Test("ends where a page is empty, whatever it says of how many there are")
  func emptyPage() throws {
    var listing = try OwnedListing(query: nil)
    #expect(listing.take(page([], pages: 1_000_000)) == .whole)
  }

  @Test(
    "has pages that there can be",
    arguments: [
      "page[size]=0", "page[size]=251", "page[size]=x", "page[size]=", "page[size]=+5", "page[number]=0",
      "page[number]=-1", "page%5Bnumber%5D=99999999999999999999",
    ])
  func wrongPages(query: String) {
    #expect(throws: Refusal.self) { try OwnedListing(query: query) }
  }
}
