import Configuration
import Crypto
import Gateway
import Testing

@Suite("A secret's file that is looked at while the gateway runs")
struct SecretFileTests {
  private let sandbox: Sandbox
  private var file: SecretFile

  init() throws {
    sandbox = try Sandbox()
    try sandbox.write("token", "first-token\n")
    let source = TokenSource.file(sandbox.path("token"))
    file = SecretFile(source, as: "token", holding: try source.resolve(environment: [:]), environment: [:])
  }

  /// A word for what a look has shown.
  private mutating func look(at text: String? = nil) throws -> String {
    if let text { try sandbox.write("token", text) }
    switch file.look() {
    case .same: return "same"
    case .changed(let secret): return "changed: \(String(decoding: secret.reveal(), as: UTF8.self))"
    case .unusable(let reason): return "unusable: \(reason.replacing(sandbox.directory, with: ""))"
    case .usable(let secret):
      return "usable: \(secret.map { String(decoding: $0.reveal(), as: UTF8.self) } ?? "the same")"
    }
  }

  @Test("is taken when two looks have shown the same, and so never while it is being written")
  mutating func written() throws {
    for text in ["", "sec", "second", "second-tok"] { #expect(try look(at: text) == "same") }
    #expect(try look(at: "second-token\n") == "same")
    #expect(try look() == "changed: second-token")
    #expect(try look() == "same")
    #expect(try look(at: "first-token") == "same")
    #expect(try look(at: "second-token") == "same" && look() == "same", "it was another one for a moment alone")
  }

  @Test(
    "that can't be used is told of once, with the reason and nothing that stands there, and once when it can be again",
    arguments: [
      ("", "is empty"), (" \n", "holds a space, a control character or a byte beyond ASCII"),
      ("third token", "holds a space, a control character or a byte beyond ASCII"),
      (String(repeating: "third", count: 1000), "holds more than 4096 bytes"),
      (String(repeating: "third", count: 20_000), "is larger than 64KiB"),
    ])
  mutating func unusable(text: String, reason: String) throws {
    #expect(try look(at: text) == "same")
    #expect(try look() == "unusable: the token file /token \(reason)")
    #expect(try look() == "same" && look(at: "\n") == "same" && look() == "same", "whatever is wrong with it then")
    #expect(try look(at: "first-token") == "same")
    #expect(try look() == "usable: the same")
    #expect(try look(at: text) == "same" && look().hasPrefix("unusable"))
    #expect(try look(at: "second-token") == "same")
    #expect(try look() == "usable: second-token")
    #expect(try look() == "same")
  }

  @Test("that is gone is told of likewise")
  mutating func gone() throws {
    try sandbox.remove("token")
    #expect(try look() == "same")
    #expect(try look() == "unusable: the token file /token can't be opened: No such file or directory")
    #expect(try look(at: "first-token") == "same" && look() == "usable: the same")
  }
}
