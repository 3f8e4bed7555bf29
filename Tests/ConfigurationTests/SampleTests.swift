import Configuration
import Gateway
import Policy
import Testing

@Suite("Sample")
struct SampleTests {
  @Test("the demo loads")
  func demo() throws {
    do {
      let c = try ConfigurationLoader.load(path: "config/gateway.yaml", environment: ["TELNYX_API_KEY": "x"])
      print(c.revision, c.ledger, c.teams[0].policy.rows)
    } catch { print(error); Issue.record("\(error)") }
  }
}
