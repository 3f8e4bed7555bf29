internal import Foundation
internal import JSON
internal import Synchronization

/// The gateways of one case, one after the other on the same ledger.
package final class Gateways: Sendable {
  private struct State {
    var current: GatewayProcess?
    /// For the next gateways, one each; those after them run by themselves.
    var wrappers: ArraySlice<[String]>
    var ends: [End] = []
    /// Those that another one of their name has followed while they ran.
    var replaced: [GatewayProcess] = []
  }

  package struct End: Sendable {
    /// The exit status, or minus the signal.
    package let status: Int32
    package let standardOutput: String
    package let standardError: String
    package let wasReady: Bool
    /// Whether the case itself ended it.
    package let wasAsked: Bool

    /// One whose power went.
    package init(cutOff standardOutput: String) {
      self.init(status: -SIGKILL, standardOutput: standardOutput, standardError: "", wasReady: true, wasAsked: false)
    }

    init(status: Int32, standardOutput: String, standardError: String, wasReady: Bool, wasAsked: Bool) {
      self.status = status
      self.standardOutput = standardOutput
      self.standardError = standardError
      self.wasReady = wasReady
      self.wasAsked = wasAsked
    }

    /// Whether it may have had records in memory that it could not write: it goes on with replays and refusals when the
    /// ledger can't be written, and writes their records later.
    package var mayHaveLostRecords: Bool {
      let messages = ChildProcess.jsonLines(standardError).compactMap { $0["message"]?.string }
      guard let failed = messages.lastIndex(of: "the ledger can't be written") else { return false }
      return messages.lastIndex(of: "the ledger can be written again").map { $0 < failed } ?? true
        && (status == -SIGKILL || messages.contains("audit records could not be written, and are lost"))
    }
  }

  package let scratch: Scratch
  private let options: GatewayProcess.Options
  private let patience: Double?
  private let state: Mutex<State>

  /// - Parameters:
  ///   - wrappers: commands that run the first gateways, one each.
  ///   - patience: after how many seconds a gateway that a wrapper runs is killed; nil = never. Where it can't write it
  ///     holds back what it can't record for longer than a case should take.
  ///   - scratch: a directory with a ledger that earlier gateways left; nil = a new one.
  ///   - ends: of those gateways.
  package init(
    _ options: GatewayProcess.Options, wrappers: [[String]] = [], patience: Double? = nil,
    scratch: Scratch? = nil, ends: [End] = []
  ) throws {
    self.patience = patience
    self.scratch = try scratch ?? Scratch()
    self.options = options
    state = Mutex(State(wrappers: wrappers[...], ends: ends))
  }

  package var ends: [End] { state.withLock { $0.ends } }

  /// What all of them have logged so far, those that run and those that have ended, in this order.
  package var logs: [String] {
    state.withLock { $0.ends.map(\.standardError) + [$0.current?.process.standardError].compactMap(\.self) }
  }

  /// The one that runs, if there is one.
  package var running: GatewayProcess? { state.withLock { $0.current.flatMap { $0.process.isRunning ? $0 : nil } } }

  /// The one that runs, or a new one.
  package func current() throws -> GatewayProcess {
    try state.withLock { state in
      for _ in 0..<20 {
        if let current = state.current {
          // Its last connection may tell of its end before the system does.
          if current.process.isRunning, (try? current.connect()) != nil { return current }
          note(current.process, wasReady: true, wasAsked: false, &state)
        }
        let process = try start(state.wrappers.popFirst() ?? [], &state)
        if state.current == nil { note(process, wasReady: false, wasAsked: false, &state) }
      }
      throw Failure("no gateway comes up: \(state.ends.last?.standardError ?? "")")
    }
  }

  private func start(_ wrapper: [String], _ state: inout State) throws -> ChildProcess {
    var options = options
    options.wrapper = wrapper
    let process = try GatewayProcess.start(options, in: scratch)
    if !wrapper.isEmpty, let patience {
      DispatchQueue.global().asyncAfter(deadline: .now() + patience) { [weak process] in
        guard let process, process.isRunning else { return }
        process.signal(SIGKILL)
      }
    }
    state.current = try? GatewayProcess(options, scratch, process)
    return process
  }

  /// Starts another one while the one that runs is stopped and can't know.
  package func replace() throws {
    try state.withLock { state in
      guard let current = state.current else { return }
      state.replaced.append(current)
      state.current = nil
      let process = try start([], &state)
      guard state.current == nil else { return }
      note(process, wasReady: false, wasAsked: false, &state)
      throw Failure("its successor doesn't come up: \(state.ends.last?.standardError ?? "")")
    }
  }

  /// Who was replaced finds that out by itself, says so, and ends.
  package func endReplaced() throws {
    try state.withLock { state in
      for gateway in state.replaced {
        try wait { !gateway.process.isRunning }
        note(gateway.process, wasReady: true, wasAsked: false, &state, isCurrent: false)
        guard let end = state.ends.last, end.status == 1, end.standardError.contains("fenced") else {
          throw Failure(
            "who was replaced ended with \(state.ends.last?.status ?? 0): \(state.ends.last?.standardError ?? "")")
        }
      }
      state.replaced.removeAll()
    }
  }

  /// Ends the one that runs with a SIGTERM, and looks whether it took it well.
  package func end() throws {
    try state.withLock { state in
      guard let current = state.current else { return }
      current.process.signal(SIGTERM)
      note(current.process, wasReady: true, wasAsked: true, &state)
      guard let end = state.ends.last, [0, 1, -SIGKILL].contains(end.status) else {
        throw Failure("ended with \(state.ends.last?.status ?? 0): \(state.ends.last?.standardError ?? "")")
      }
    }
  }

  /// Ends the one that runs at once.
  package func kill() { running.map { kill($0) } }

  package func kill(_ gateway: GatewayProcess) {
    state.withLock { state in
      guard gateway === state.current else { return }
      gateway.process.signal(SIGKILL)
      note(gateway.process, wasReady: true, wasAsked: true, &state)
    }
  }

  /// Lets so much time pass that nobody may send again what was sent before, with no gateway running meanwhile.
  ///
  /// - Parameter waitForQuiet: returns when everything that gateways sent has arrived, and had its effect.
  package func passWindow(_ waitForQuiet: () throws -> Void) throws {
    try state.withLock { state in
      if let current = state.current {
        current.process.signal(SIGTERM)
        note(current.process, wasReady: true, wasAsked: true, &state)
      }
      try waitForQuiet()
      try GatewayProcess.ageLedger(in: scratch, by: 61, once: true)
    }
  }

  private func note(
    _ process: ChildProcess, wasReady: Bool, wasAsked: Bool, _ state: inout State, isCurrent: Bool = true
  ) {
    if isCurrent { state.current = nil }
    let status = process.waitForExit()
    state.ends.append(
      End(
        status: status, standardOutput: process.standardOutput, standardError: process.standardError,
        wasReady: wasReady, wasAsked: wasAsked))
  }
}
