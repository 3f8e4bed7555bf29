internal import CLinux
internal import EventLoop
internal import Glibc
internal import Metrics

/// What the system says of this process, by the names that every exporter has for it, and which build it is.
struct ProcessMetrics: Sendable {
  private let started: WallTime
  private let revision: String

  /// - Parameter environment: an image has its source's revision in CONVENE_REVISION.
  init(started: WallTime, environment: [String: String]) {
    self.started = started
    revision = environment["CONVENE_REVISION"] ?? "unknown"
  }

  func register(in registry: MetricRegistry) {
    registry.add { [self] page in
      writeBuild(to: &page)
      writeUse(to: &page)
      writeDescriptors(to: &page)
    }
  }

  private func writeBuild(to page: inout MetricPage) {
    page.family(.info, "convene_build", "Which build of the gateway this is.")
    page.sample(1, ["version": Convene.version, "revision": revision])
    page.family(.counter, "convene_log_dropped", "Log lines that standard error did not take in time.")
    page.sample(LogWriter.standardError.dropped.value)
  }

  private func writeUse(to page: inout MetricPage) {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    page.family(.counter, "process_cpu_seconds", unit: "seconds", "User and system CPU time spent.")
    page.sample(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
    page.family(.gauge, "process_start_time_seconds", unit: "seconds", "When the process began, since 1970.")
    page.sample(nanoseconds: Int(started.microseconds) * 1000)
    guard let (virtual, resident) = Self.memory() else { return }
    page.family(.gauge, "process_resident_memory_bytes", unit: "bytes", "Resident memory.")
    page.sample(resident)
    page.family(.gauge, "process_virtual_memory_bytes", unit: "bytes", "Virtual memory.")
    page.sample(virtual)
  }

  private func writeDescriptors(to page: inout MetricPage) {
    page.family(.gauge, "process_max_fds", "File descriptors that the process may have open.")
    page.sample(OpenDescriptors.bound)
    guard let open = OpenDescriptors.count else { return }
    page.family(.gauge, "process_open_fds", "File descriptors that the process has open.")
    page.sample(open)
  }

  /// Bytes; nil where there is no /proc (proc(5), "/proc/pid/statm").
  private static func memory() -> (virtual: Int, resident: Int)? {
    guard let text = SmallFile.read("/proc/self/statm", most: 256) else { return nil }
    let pages = String(decoding: text, as: UTF8.self).split(separator: " ").prefix(2).compactMap { Int($0) }
    let size = Int(sysconf(Int32(_SC_PAGESIZE)))
    return pages.count == 2 ? (pages[0] * size, pages[1] * size) : nil
  }
}
