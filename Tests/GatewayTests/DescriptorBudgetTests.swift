import Gateway
import Testing

@Suite("Descriptors are shared out")
struct DescriptorBudgetTests {
  private func share(
    _ limit: Int, workers: Int = 1, _ change: (inout ServerSettings, inout UpstreamSettings) -> Void = { _, _ in }
  ) -> DescriptorBudget? {
    var (server, upstream) = (ServerSettings(), UpstreamSettings())
    change(&server, &upstream)
    return DescriptorBudget(limit: limit, workers: workers, sockets: 2, server: server, upstream: upstream)
  }

  @Test("as the configuration says where there are enough, without a word")
  func plenty() throws {
    let budget = try #require(share(1_048_576))
    #expect(budget.callers == 4096 && budget.upstream == 64 && budget.overflow == 64 && budget.admins == 32)
    #expect(budget.warnings.isEmpty)
  }

  @Test(
    "so that nobody's part can be used up by another", arguments: [64, 80, 100, 128, 200, 256, 512, 1024, 4096, 20_000])
  func sum(limit: Int) throws {
    for workers in [1, 2, 8, 64] {
      let budget = share(limit, workers: workers)
      #expect((budget == nil) == (limit < DescriptorBudget.least(workers: workers, sockets: 2)))
      guard let budget else { continue }
      let all = budget.callers + budget.overflow + budget.admins + budget.upstream * 2 + 28 + 8 * workers + 2
      #expect(all <= limit)
      #expect(budget.callers > 0 && budget.overflow > 0 && budget.admins > 0 && budget.upstream > 0)
    }
  }

  @Test("with a warning for each setting that there is no room for")
  func warnings() throws {
    let warnings = try #require(share(256) { _, upstream in upstream.maxConnections = 500 }).warnings
    #expect(warnings.count == 2)
    #expect(warnings[0].hasPrefix("server.max_connections is 4096, but a limit of 256 open files leaves room for "))
    #expect(warnings[1].hasPrefix("upstream.max_connections is 500, but a limit of 256 open files leaves room for "))
    #expect(
      share(256) { server, upstream in
        server.maxConnections = 20
        upstream.maxConnections = 4
      }?.warnings == [])
  }
}
