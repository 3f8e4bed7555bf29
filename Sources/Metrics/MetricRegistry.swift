internal import Synchronization

/// Everything that is counted in the process, from wherever it is counted: the one place where a page is made of it.
package final class MetricRegistry: Sendable {
  /// Writes whole families, and the same ones each time. Called on any thread.
  package typealias Source = @Sendable (inout MetricPage) -> Void

  private let sources = Mutex<[Source]>([])

  package init() {}

  /// Its families come behind those of all that were added before.
  package func add(_ source: @escaping Source) { sources.withLock { $0.append(source) } }

  package func page(_ format: ExpositionFormat) -> [UInt8] {
    var page = MetricPage(format)
    for source in sources.withLock({ $0 }) { source(&page) }
    return page.finished()
  }
}
