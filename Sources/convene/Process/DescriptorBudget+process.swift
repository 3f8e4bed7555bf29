internal import Gateway
internal import Glibc

extension DescriptorBudget {
  /// Of a process that serves this configuration here, with as many descriptors as the system gives.
  static func ofServing(_ configuration: GatewayConfiguration) throws(StartError) -> DescriptorBudget {
    var limits = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    let limit = Int(clamping: limits.rlim_max)
    let workers = configuration.server.workerCount
    // With TLS each worker has one epoll set more.
    let epolls = configuration.server.listen.contains { $0.tls != nil } ? workers : 0
    let sockets = configuration.server.listen.count + 1 + epolls
    let budget = DescriptorBudget(
      limit: limit, workers: workers, sockets: sockets, server: configuration.server, upstream: configuration.upstream)
    guard let budget else {
      let least = least(workers: workers, sockets: sockets)
      throw StartError("a limit of \(limit) open files is too low: \(least) are needed (ulimit -n)")
    }
    return budget
  }
}

extension ServerSettings {
  /// As many threads as there will be.
  var workerCount: Int { workers == 0 ? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) : workers }
}
