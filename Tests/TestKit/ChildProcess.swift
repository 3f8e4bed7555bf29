package import Foundation
package import JSON
internal import Synchronization

/// A program of this package, started for one test, which ends with this object. What it writes is kept, line by line.
package final class ChildProcess: Sendable {
  private struct Output {
    var bytes: [UInt8] = []
    var hasEnded = false
  }

  /// One stream of the child, read by a thread of its own, so that the child never waits for its reader.
  private final class Stream: Sendable {
    private let output = Mutex(Output())
    private let pipe: Pipe

    init() {
      pipe = Pipe()
    }

    var handle: Pipe { pipe }

    func follow() {
      let thread = Thread { [self] in
        while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
          output.withLock { $0.bytes.append(contentsOf: data) }
        }
        output.withLock { $0.hasEnded = true }
      }
      thread.start()
    }

    var text: String { String(decoding: output.withLock { $0.bytes }, as: UTF8.self) }
    var hasEnded: Bool { output.withLock { $0.hasEnded } }
  }

  private let process: Mutex<Process>
  private let output = Stream()
  private let errors = Stream()
  package let identifier: Int32

  /// - Parameters:
  ///   - environment: all of the child's variables beside PATH.
  ///   - input: a file to read as standard input.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil
  ) throws {
    let process = Process()
    process.executableURL = try Self.executable(program)
    process.arguments = arguments
    process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { mine, _ in mine }
    process.standardOutput = output.handle
    process.standardError = errors.handle
    process.standardInput = try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) } ?? .nullDevice
    try process.run()
    identifier = process.processIdentifier
    self.process = Mutex(process)
    output.follow()
    errors.follow()
  }

  deinit {
    if isRunning { signal(SIGKILL) }
    _ = waitForExit()
  }

  package var standardOutput: String { output.text }
  package var standardError: String { errors.text }
  package var isRunning: Bool { process.withLock { $0.isRunning } }

  package func signal(_ signal: Int32) { kill(identifier, signal) }

  /// The exit status, or minus the signal that ended it. What the child wrote is complete then.
  package func waitForExit() -> Int32 {
    wait { !isRunning }
    wait { output.hasEnded && errors.hasEnded }
    return process.withLock { $0.terminationReason == .exit ? $0.terminationStatus : -$0.terminationStatus }
  }

  /// The JSON lines on one of the streams for which `isWanted` says yes, waited for until there are `count`.
  package func lines(
    _ count: Int, of stream: KeyPath<ChildProcess, String>, where isWanted: @escaping (JSONValue) -> Bool
  ) throws -> [JSONValue] {
    var found: [JSONValue] = []
    wait {
      found = Self.jsonLines(self[keyPath: stream]).filter(isWanted)
      return found.count >= count || !isRunning
    }
    guard found.count >= count else {
      throw Failure("ended before it wrote what was waited for: \(standardOutput)\(standardError)")
    }
    return found
  }

  package static func jsonLines(_ text: String) -> [JSONValue] {
    text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue.parse(Array($0)) }
  }

  /// Programs lie beside the test bundle that this process is, or that it was given.
  package static func executable(_ name: String) throws -> URL {
    let candidates = [CommandLine.arguments[0], "/proc/self/exe"] + CommandLine.arguments.dropFirst()
    let found = candidates.map { path in
      URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name)
    }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    return try unwrap(found, "\(name) was not built beside the tests")
  }
}

/// Waits for a condition. It ends a test that waits in vain by never ending: the suites have time limits.
package func wait(until condition: () throws -> Bool) rethrows {
  while try !condition() { usleep(2000) }
}

private func wait(_ condition: () -> Bool) { wait(until: condition) }
