import JSON
import TestKit
import Testing

@Suite("The OpenAPI document", .timeLimit(.minutes(30)))
struct OpenAPITests {
  @Test("is served at the admin listener, and has every call that callers can make, with fields and refusals")
  func document() throws {
    let gateway = try GatewayProcess(before: SimulatorProcess()) { $0.admin = true }
    let reply = try gateway.admin("/openapi.json")
    #expect(reply.status == 200 && reply.headers["content-type"] == "application/json")
    let document = try reply.json()
    #expect(document["openapi"]?.string == "3.1.0")
    let paths = try #require(document["paths"]?.object)
    for row in CallRow.all {
      let path =
        "/conferences" + row.path.replacing("ID", with: "{id}").replacing("PARTICIPANT", with: "{participant_id}")
      let operation = try #require(paths[path]?[row.method.lowercased()], "\(path)")
      #expect(operation["operationId"]?.string == row.name && operation["tags"]?.array == [.string(row.group)])
      #expect(operation["parameters"]?.array?.count ?? 0 == path.count { $0 == "{" })
      #expect((operation["requestBody"] == nil) == (row.method == "GET"))
    }
    let operations = paths.members.flatMap { $0.value.object?.members ?? [] }
    let names = operations.compactMap { $0.value["operationId"]?.string }
    #expect(names.count == CallRow.all.count + 3 && Set(names).count == names.count)
    for operation in operations { #expect(operation.value["responses"]?["504"] != nil) }
    let hold = document["paths"]?["/conferences/{id}/actions/hold"]?["post"]?["requestBody"]?["content"]?[
      "application/json"]
    #expect(hold?["schema"]?["properties"]?["audio_url"]?["maxLength"]?.integer == 4096)
    for reference in Self.references(in: document) {
      let place = reference.dropFirst(2).split(separator: "/").reduce(document as JSONValue?) { $0?[String($1)] }
      #expect(place != nil, "\(reference)")
    }
  }

  private static func references(in value: JSONValue) -> [String] {
    switch value {
    case .object(let object):
      object.members.flatMap { member in
        member.key == "$ref" ? [member.value.string ?? ""] : references(in: member.value)
      }
    case .array(let values): values.flatMap(references)
    default: []
    }
  }
}
