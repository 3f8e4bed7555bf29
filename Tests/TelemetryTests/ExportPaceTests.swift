import EventLoop
import Testing

@testable import Telemetry

@Suite("The pace of exporting")
struct ExportPaceTests {
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

  private static func seconds(_ time: MonotonicTime?) -> Double? {
    time.map { Double(($0 - start).milliseconds) / 1000 }
  }

  @Test("waits twice as long each time, and gives up after the fifth send")
  func backOff() {
    var pace = ExportPace()
    pace.begin(at: Self.start)
    let waits = (1...5).map { _ in Self.seconds(pace.failed(asked: nil, jitter: 1, at: Self.start)) }
    #expect(waits == [1, 2, 4, 8, nil])
    pace.begin(at: Self.start)
    #expect(Self.seconds(pace.failed(asked: nil, jitter: 0, at: Self.start)) == 0.5)
    #expect(pace.next < Self.start)
  }

  @Test("waits as long as the collector asks, but for no batch beyond a minute")
  func asked() {
    var pace = ExportPace()
    pace.begin(at: Self.start)
    #expect(Self.seconds(pace.failed(asked: .seconds(7), jitter: 0, at: Self.start)) == 7)
    #expect(Self.seconds(pace.next) == 7)
    // The batch is dropped, and the next one waits.
    #expect(pace.failed(asked: .seconds(90), jitter: 0, at: Self.start) == nil)
    #expect(Self.seconds(pace.next) == 90)
    #expect(pace.failed(asked: .seconds(.max / 4), jitter: 0, at: Self.start) == nil)
    #expect(Self.seconds(pace.next) == 300)
  }

  @Test("gives up when a batch is a minute old")
  func budget() {
    var pace = ExportPace()
    pace.begin(at: Self.start)
    #expect(pace.failed(asked: nil, jitter: 1, at: Self.start + .seconds(58)) != nil)
    #expect(pace.failed(asked: nil, jitter: 1, at: Self.start + .seconds(58)) == nil)
  }

  @Test(
    "is told apart by what the collector answers",
    arguments: [
      (200, CollectorAnswer.accepted(rejected: 0, message: "")), (202, .accepted(rejected: 0, message: "")),
      (429, unavailable(429)), (503, unavailable(503)), (400, refused(400)), (500, refused(500)), (301, refused(301)),
      (101, refused(101)),
    ])
  func answers(status: Int, answer: CollectorAnswer) {
    #expect(CollectorAnswer(status: status, body: Array("{}".utf8), wait: .seconds(3)) == answer)
  }

  private static func failure(_ status: Int) -> ExportFailure {
    ExportFailure(reason: "status \(status)", detail: "the collector has answered with \(status)")
  }
  private static func unavailable(_ status: Int) -> CollectorAnswer { .unavailable(failure(status), wait: .seconds(3)) }
  private static func refused(_ status: Int) -> CollectorAnswer { .refused(failure(status)) }
}
