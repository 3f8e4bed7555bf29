import Conference
import TestKit
import Testing

@testable import Gateway

@Suite("Which call a request line asks for")
struct CallTargetTests {
  private func target(_ method: String, _ path: String) throws -> CallTarget? {
    if case .call(let target) = try Route(method: method, target: path) { target } else { nil }
  }

  @Test("is the table's, under both roots, with or without a slash at the end", arguments: ConferenceCall.others)
  func table(call: ConferenceCall) throws {
    let specification = call.specification
    let path = specification.template.replacing("{id}", with: "c-1").replacing("{participant_id}", with: "p-1")
    for spelled in [path, "/v2" + path, "/v2" + path + "/"] {
      let found = try #require(try target(specification.method.rawValue, spelled))
      #expect(found.call == call && found.path == path)
      #expect(found.conferenceID == (path.contains("c-1") ? "c-1" : nil))
    }
  }

  @Test("leaves the create what it was")
  func create() throws {
    #expect(try Route(method: "POST", target: "/v2/conferences/") == .create)
    #expect(throws: Refusal.noQuery) { try Route(method: "POST", target: "/conferences?x=1") }
  }

  @Test("has an id that is one name to whoever reads it, written anew")
  func ids() throws {
    let escaped = try #require(try target("GET", "/v2/conferences/v3%3Aa%C3%A9!"))
    #expect(escaped.conferenceID == "v3:aé!" && escaped.path == "/conferences/v3%3Aa%C3%A9%21")
  }

  @Test(
    "is none where the id could be another path, or none",
    arguments: [
      "", ".", "..", "...", "%2e%2e", "a%2Fb", "a%5Cb", "a%3Fb", "a%23b", "a%00b", "a%0Ab", "a%7Fb", "a%252Fb", "a;b",
      "%FF", "%", "%2", String(repeating: "a", count: 256),
    ])
  func wrongIDs(id: String) {
    #expect(throws: Refusal.self) { try Route(method: "GET", target: "/v2/conferences/\(id)/participants") }
  }

  @Test(
    "names its conference in the path alone",
    arguments: [
      "conference_id=x", "a=1&conference_id=x", "filter[conference_id]=x", "filter%5Bconference%5Fid%5D=x",
      "Conference-ID=x", "conferenceId", "%FF=x", "c%6Fnference_id=x", "a;conference_id=x",
    ])
  func otherConference(query: String) {
    #expect(throws: Refusal.self) { try Route(method: "GET", target: "/v2/conferences/c-1/participants?\(query)") }
    #expect(throws: Refusal.self) { try Route(method: "GET", target: "/v2/conferences/c-1?\(query)") }
  }

  @Test("may say all else in its query")
  func query() throws {
    let query = "filter%5Bmuted%5D=true&page[size]=5&region=US&x=conference"
    #expect(try target("GET", "/v2/conferences/c-1/participants?\(query)")?.query == query)
  }

  @Test("keeps a query as it came where it only looks, and takes none where it acts")
  func queries() throws {
    #expect(try target("GET", "/v2/conferences?filter%5Bname%5D=a%20b&x")?.query == "filter%5Bname%5D=a%20b&x")
    #expect(throws: Refusal.noQuery) { try Route(method: "POST", target: "/v2/conferences/c/actions/end?x") }
    #expect(throws: Refusal.self) { try Route(method: "GET", target: "/v2/conferences?a#b") }
  }
}
