import Gateway
import Synchronization

/// Takes spans, and gives them to the test.
final class FakeCollector: SpanExporting {
  private let spans = Mutex<[TraceSpan]>([])

  func export(_ spans: [TraceSpan]) { self.spans.withLock { $0 += spans } }

  /// What has come since the last time.
  func take() -> [TraceSpan] {
    spans.withLock { spans in
      defer { spans = [] }
      return spans
    }
  }
}

extension TraceSpan {
  /// An attribute's value as text; nil where there is none.
  subscript(key: String) -> String? {
    attributes.first { "\($0.key)" == key }.map { attribute in
      switch attribute.value {
      case .text(let text): text
      case .number(let number): String(number)
      }
    }
  }
}
