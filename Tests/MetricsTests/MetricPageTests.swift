import TestKit
import Testing

@testable import Metrics

@Suite("A page of metrics")
struct MetricPageTests {
  private let registry = MetricRegistry()

  private func page(_ format: ExpositionFormat) -> String { String(decoding: registry.page(format), as: UTF8.self) }

  @Test("is written as each format has it")
  func formats() throws {
    let histogram = Histogram(.times(microseconds: [500, 1_000_000]))
    for nanoseconds in [500_000, 500_001, 2_000_000_007] { histogram.observe(nanoseconds) }
    registry.add { page in
      page.family(.counter, "things", "All of them.")
      page.sample(3, ["kind": "old"])
      page.sample(4, ["kind": "new"])
      page.family(.gauge, "room_bytes", unit: "bytes", "What is left.")
      page.sample(17)
      page.family(.gauge, "works", "1 where it does.")
      page.sample(true)
    }
    registry.add { page in
      page.family(.info, "build", "Which it is.")
      page.sample(1, ["version": "1"])
      page.family(.histogram, "wait_seconds", unit: "seconds", "How long.")
      page.sample(histogram.reading, ["for": "it"])
    }
    let samples = """
      wait_seconds_bucket{for="it",le="0.0005"} 1
      wait_seconds_bucket{for="it",le="1.0"} 2
      wait_seconds_bucket{for="it",le="+Inf"} 3
      wait_seconds_sum{for="it"} 2.001000008
      wait_seconds_count{for="it"} 3

      """
    #expect(
      page(.text) == """
        # HELP things_total All of them.
        # TYPE things_total counter
        things_total{kind="old"} 3
        things_total{kind="new"} 4
        # HELP room_bytes What is left.
        # TYPE room_bytes gauge
        room_bytes 17
        # HELP works 1 where it does.
        # TYPE works gauge
        works 1
        # HELP build_info Which it is.
        # TYPE build_info gauge
        build_info{version="1"} 1
        # HELP wait_seconds How long.
        # TYPE wait_seconds histogram

        """ + samples)
    #expect(
      page(.openMetrics) == """
        # HELP things All of them.
        # TYPE things counter
        things_total{kind="old"} 3
        things_total{kind="new"} 4
        # HELP room_bytes What is left.
        # TYPE room_bytes gauge
        # UNIT room_bytes bytes
        room_bytes 17
        # HELP works 1 where it does.
        # TYPE works gauge
        works 1
        # HELP build Which it is.
        # TYPE build info
        build_info{version="1"} 1
        # HELP wait_seconds How long.
        # TYPE wait_seconds histogram
        # UNIT wait_seconds seconds

        """ + samples + "# EOF\n")
    for format in ExpositionFormat.allCases { _ = try Exposition(page(format), isOpenMetrics: format == .openMetrics) }
  }

  @Test("escapes what a label's value may not have as it is")
  func escapes() throws {
    let path = "/a\\b\"c\nd/é"
    registry.add { page in
      page.family(.gauge, "lag", "Of a file.")
      page.sample(1, ["sink": path])
    }
    #expect(page(.text).contains("lag{sink=\"/a\\\\b\\\"c\\nd/é\"} 1\n"))
    #expect(try Exposition(page(.text), isOpenMetrics: false).samples("lag").first?.labels == ["sink": path])
  }

  @Test(
    "is OpenMetrics where that is asked for and nothing is liked better, else text",
    arguments: [
      ([], ExpositionFormat.text), (["*/*"], .text), (["text/plain"], .text), (["application/json"], .text),
      (["application/openmetrics-text"], .openMetrics),
      (["application/openmetrics-text;version=1.0.0"], .openMetrics),
      (["Application/OpenMetrics-Text ; Version=\"1.0.0\" ; charset=utf-8"], .openMetrics),
      (["application/openmetrics-text;version=0.0.1"], .text),
      (["application/openmetrics-text;version=2.0.0,text/plain;q=0.1"], .text),
      (["application/openmetrics-text;q=0"], .text), (["application/openmetrics-text;q=0.4, text/plain;q=0.5"], .text),
      (["text/plain;q=0.5", "application/openmetrics-text;q=0.5"], .openMetrics),
      (["application/openmetrics-text;q=much, */*;q=0.1"], .text),
      // What Prometheus 2 and 3 ask for.
      (
        [
          "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
            + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        ], .openMetrics
      ),
      (
        [
          "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
            + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
        ], .openMetrics
      ),
    ])
  func negotiation(accept: [String], format: ExpositionFormat) {
    #expect(ExpositionFormat(accepting: accept) == format)
  }
}
