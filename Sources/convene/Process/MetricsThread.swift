internal import EventLoop
internal import Metrics

/// Makes pages of metrics on a thread of its own, so that no request waits for one. Started by the first that is asked for.
///
/// There are never more to be made than the admin listener has connections.
final class MetricsThread: Sendable {
  private struct Question: Sendable {
    let format: ExpositionFormat
    let answer: @Sendable ([UInt8]) -> Void
  }

  private struct State: Sendable {
    var questions: [Question] = []
    var isStarted = false
  }

  private let registry: MetricRegistry
  private let monitor = Monitor(State())

  init(_ registry: MetricRegistry) { self.registry = registry }

  /// - Parameter answer: called with the page, on another thread. Pages come in the order in which they were asked for.
  func ask(for format: ExpositionFormat, _ answer: @escaping @Sendable ([UInt8]) -> Void) {
    let isFirst = monitor.withLock { state in
      state.questions.append(Question(format: format, answer: answer))
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard isFirst else { return monitor.wake() }
    do throws(SystemError) {
      try OwnedThread.detach(name: "metrics") { [self] in run() }
    } catch {
      // Better late than never: the next one tries again.
      monitor.withLock { $0.isStarted = false }
      answerAll()
    }
  }

  private func run() {
    while true {
      _ = monitor.wait { $0.questions.isEmpty ? nil : () }
      answerAll()
    }
  }

  private func answerAll() {
    let questions = monitor.withLock { state in
      defer { state.questions = [] }
      return state.questions
    }
    for question in questions { question.answer(registry.page(question.format)) }
  }
}
