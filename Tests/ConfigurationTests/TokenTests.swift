import Configuration
import Crypto
import Gateway
import Testing

@Suite("Token")
struct TokenTests {
  @Test("a token comes from the environment, or from a file without its last newline")
  func resolved() throws {
    let sandbox = try Sandbox()
    try sandbox.write("token", "KEY-in-a-file\r\n\n")
    let environment = ["A": "KEY-in-the-environment"]
    #expect(
      try TokenSource.environment("A").resolve(environment: environment).reveal()
        == Array("KEY-in-the-environment".utf8))
    #expect(
      try TokenSource.file(sandbox.path("token")).resolve(environment: [:]).reveal() == Array("KEY-in-a-file".utf8))
  }

  @Test("a credential is a file in the directory that systemd names")
  func credential() throws {
    let sandbox = try Sandbox()
    try sandbox.write("credentials/telnyx", "KEY-in-a-credential\n")
    let environment = ["CREDENTIALS_DIRECTORY": sandbox.path("credentials")]
    #expect(
      try TokenSource.credential("telnyx").resolve(environment: environment).reveal()
        == Array("KEY-in-a-credential".utf8))
    for (name, environment, words) in [
      ("other", environment, "the credential other can't be opened"),
      ("telnyx", [:], "$CREDENTIALS_DIRECTORY is not set"),
    ] {
      #expect {
        _ = try TokenSource.credential(name).resolve(environment: environment)
      } throws: { error in
        (error as? TokenError)?.message.contains(words) == true
      }
    }
  }

  @Test("a changed file is read anew")
  func readAgain() throws {
    let sandbox = try Sandbox()
    let source = TokenSource.file(sandbox.path("token"))
    try sandbox.write("token", "first")
    #expect(try source.resolve(environment: [:]).reveal() == Array("first".utf8))
    try sandbox.write("token", "second")
    #expect(try source.resolve(environment: [:]).reveal() == Array("second".utf8))
  }

  @Test(
    "what could not stand in a header is no token, and is not quoted",
    arguments: [
      "", "\n", "s3cret key", "s3cret\nkey", "s3cret\tkey", "s3crét", "s3cret\u{0}",
      String(repeating: "s3cret", count: 999),
    ])
  func refused(text: String) throws {
    let sandbox = try Sandbox()
    try sandbox.write("token", text)
    for source in [TokenSource.file(sandbox.path("token")), .environment("A")] {
      #expect {
        _ = try source.resolve(environment: ["A": text])
      } throws: { error in
        (error as? TokenError)?.message.contains("s3cr") == false
      }
    }
  }

  @Test("tokens are looked for at load time unless nothing will be sent")
  func unchecked() throws {
    let sandbox = try Sandbox.good()
    #expect(throws: ConfigurationErrors.self) {
      try ConfigurationLoader.load(path: sandbox.path("gateway.yaml"), environment: [:])
    }
    _ = try ConfigurationLoader.load(path: sandbox.path("gateway.yaml"), environment: [:], checksSecrets: false)
  }
}
