package import Metrics

/// What becomes of spans.
package final class SpanCounters: Sendable {
  package let exported = Counter()
  package let dropped = Counter()
  package let failures = Counter()

  package init() {}

  package func register(in registry: MetricRegistry) {
    registry.add { [self] page in
      page.family(.counter, "convene_spans_exported", "Spans that the collector of traces has taken.")
      page.sample(exported.value)
      page.family(.counter, "convene_spans_dropped", "Spans that no collector has got.")
      page.sample(dropped.value)
      page.family(.counter, "convene_span_export_failures", "Sends to the collector of traces that failed.")
      page.sample(failures.value)
    }
  }
}
