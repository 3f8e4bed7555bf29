import Foundation
import Synchronization
import TestKit

/// A gateway that is stopped at a point, and goes on some seconds later.
final class PauseVictim: Sendable {
  let point: PausePoint
  /// The ways to the database and to Telnyx.
  let database: CuttingProxy
  let upstream: CuttingProxy
  private let seconds: Int
  private let scratch: Scratch
  private let state = Mutex(State())
  private let isOver = Gate()

  /// What is sent to Telnyx stands in the statement by which it is admitted, and in no other one.
  private static let intent = #""call_control_id":"v3:of-a-test""#

  private struct State {
    var process: ChildProcess?
    var tracer: ChildProcess?
    var waker: Background<Void>?
    /// How often what is waited for has come.
    var seen = 0
    /// Whether the reply to come is what it is to be stopped before.
    var isDue = false
    var wasStopped = false
  }

  init(_ point: PausePoint, seconds: Int, _ ground: FleetGround) throws {
    (self.point, self.seconds) = (point, seconds)
    scratch = try Scratch()
    database = try CuttingProxy(target: ground.server.port)
    let port = ground.simulator.addresses["http"]?.split(separator: ":").last.flatMap { UInt16($0) }
    upstream = try CuttingProxy(target: unwrap(port, "the simulator has no port"))
  }

  var wasStopped: Bool { state.withLock { $0.wasStopped } }

  /// From now on it is counted.
  func arm(_ gateway: GatewayProcess) throws {
    state.withLock { $0.process = gateway.process }
    switch point.kind {
    case .admission: database.watch { [weak self] in self?.look($0, $1, for: Self.intent, stopsAtReply: true) }
    case .sent: upstream.watch { [weak self] in self?.look($0, $1, for: "POST /v2/conferences", stopsAtReply: false) }
    case .settle: upstream.watch { [weak self] in self?.look($0, $1, for: "POST /v2/conferences", stopsAtReply: true) }
    case .epoll_wait, .write, .recvfrom:
      try trace("inject=\(point.kind.rawValue):signal=SIGSTOP:when=\(point.number)", point.kind.rawValue)
      wake { try? wait(within: .seconds(100)) { self.text.contains("stopped by SIGSTOP") || self.isOver.isOpen } }
    case .send:
      // In microseconds. The thread hangs in its call before that takes place, and the others are stopped.
      try trace("inject=sendto:delay_enter=\(seconds * 1_000_000):when=\(point.number)", "sendto")
      wake {
        try? wait(within: .seconds(100)) { self.text.contains("DELAYED") || self.isOver.isOpen }
        if !self.isOver.isOpen { self.state.withLock { $0.process }?.signal(SIGSTOP) }
      }
    }
  }

  var isFinished: Bool { isOver.isOpen }

  /// Returns when it runs again.
  func finish() throws {
    isOver.open()
    try state.withLock { $0.waker }?.value(within: .seconds(120))
    state.withLock { $0.tracer }?.signal(SIGTERM)
    database.watch(nil)
    upstream.watch(nil)
  }

  func giveUp() {
    isOver.open()
    state.withLock { $0.process }?.signal(SIGCONT)
    state.withLock { $0.tracer }?.signal(SIGTERM)
  }

  private var text: String { (try? String(contentsOfFile: scratch.path("calls"), encoding: .utf8)) ?? "" }

  private func trace(_ injection: String, _ call: String) throws {
    let process = try unwrap(state.withLock { $0.process }, "no process")
    let tracer = try ChildProcess(
      "/usr/bin/strace",
      ["-f", "-o", scratch.path("calls"), "-e", "trace=\(call)", "-e", injection, "-p", "\(process.identifier)"])
    try wait { tracer.standardError.contains("attached") || !tracer.isRunning }
    state.withLock { $0.tracer = tracer }
  }

  /// Lets it go on later.
  private func wake(when wait: @escaping @Sendable () -> Void) {
    let waker = Background { [self] in
      wait()
      if isOver.isOpen { return }
      // Of its other threads each would come to such a call, too, and stop all again. What is delayed stays so.
      if point.kind != .send, let tracer = state.withLock({ $0.tracer }) {
        tracer.signal(SIGTERM)
        _ = tracer.waitForExit()
        state.withLock { $0.process }?.signal(SIGSTOP)
      }
      state.withLock { $0.wasStopped = true }
      sleep(UInt32(seconds))
      state.withLock { $0.process }?.signal(SIGCONT)
    }
    state.withLock { $0.waker = waker }
  }

  private func look(_ way: Trouble.Way, _ bytes: ArraySlice<UInt8>, for text: String, stopsAtReply: Bool) {
    let isNow = state.withLock { state in
      if state.wasStopped { return false }
      if way == .request {
        guard Self.contains(bytes, Array(text.utf8)) else { return false }
        state.seen += 1
        if stopsAtReply {
          state.isDue = state.seen == point.number
          return false
        }
        return state.seen == point.number
      }
      return state.isDue
    }
    guard isNow else { return }
    state.withLock { state in
      state.wasStopped = true
      state.process?.signal(SIGSTOP)
    }
    wake {}
  }

  private static func contains(_ bytes: ArraySlice<UInt8>, _ text: [UInt8]) -> Bool {
    guard bytes.count >= text.count else { return false }
    return (bytes.startIndex...(bytes.endIndex - text.count)).contains { start in
      bytes[start] == text[0] && bytes[start..<(start + text.count)].elementsEqual(text)
    }
  }
}
