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
      // Another child that kept a copy would hide this one's end; its own it gets as standard output, without this mark.
      for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
        _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
      }
    }

    var handle: Pipe { pipe }

    func follow() {
      let thread = Thread { [self] in
        while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
          output.withLock { $0.bytes.append(contentsOf: data) }
        }
        // Foundation's process keeps its pipes, and thousands of children would use up all descriptors.
        try? pipe.fileHandleForReading.close()
        output.withLock { $0.hasEnded = true }
      }
      thread.start()
    }

    var text: String { String(decoding: output.withLock { $0.bytes }, as: UTF8.self) }
    var hasEnded: Bool { output.withLock { $0.hasEnded } }
  }

  private let process: Mutex<Process>
  private let seen = Mutex<Int32?>(nil)
  private let output = Stream()
  private let errors = Stream()
  package let identifier: Int32

  /// - Parameters:
  ///   - environment: all of the child's variables beside PATH.
  ///   - descriptorLimit: how many descriptors it may have open.
  ///   - input: a file to read as standard input.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], descriptorLimit: Int? = nil,
    input: String? = nil
  ) throws {
    let process = Process()
    process.executableURL = try Self.executable(program)
    process.arguments = arguments
    if let descriptorLimit {
      let path = try Self.executable(program).path
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "ulimit -n \(descriptorLimit); exec \"$0\" \"$@\"", path] + arguments
    }
    process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { mine, _ in mine }
    process.standardOutput = output.handle
    process.standardError = errors.handle
    process.standardInput = try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) } ?? .nullDevice
    try process.run()
    identifier = process.processIdentifier
    try Guardian.shared.get().watch(identifier)
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
  package var isRunning: Bool { process.withLock { $0.isRunning } && ended == nil }

  /// As the system has it: the exit status, or minus the signal that ended it; nil while it runs, or where Foundation
  /// was the first to ask.
  ///
  /// Foundation knows the end of a child by the end of a socket that the child has inherited. Another one that was started at the
  /// same moment may have a copy, and then hides the end for as long as it lives itself.
  private var ended: Int32? {
    seen.withLock { seen in
      var information = siginfo_t()
      guard seen == nil, waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else {
        return seen
      }
      let child = information._sifields._sigchld
      guard child.si_pid == identifier else { return nil }
      seen = information.si_code == Int32(CLD_EXITED) ? child.si_status : -child.si_status
      return seen
    }
  }

  package func signal(_ signal: Int32) { kill(identifier, signal) }

  /// The exit status, or minus the signal that ended it. What the child wrote is complete then. A child that doesn't end
  /// is killed.
  ///
  /// - Parameter limit: how long that may take.
  package func waitForExit(within limit: Duration = .seconds(60)) -> Int32 {
    do {
      try wait(within: limit) { !isRunning }
      try wait { output.hasEnded && errors.hasEnded }
    } catch {
      signal(SIGKILL)
      return .min
    }
    (try? Guardian.shared.get())?.forget(identifier)
    if let ended { return ended }
    return process.withLock { $0.terminationReason == .exit ? $0.terminationStatus : -$0.terminationStatus }
  }

  /// The JSON lines on one of the streams for which `isWanted` says yes, waited for until there are `count`.
  package func lines(
    _ count: Int, of stream: KeyPath<ChildProcess, String>, where isWanted: @escaping (JSONValue) -> Bool
  ) throws -> [JSONValue] {
    var found: [JSONValue] = []
    try wait {
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

  /// Programs lie beside the test bundle that this process is, or that it was given; or where a full path says.
  package static func executable(_ name: String) throws -> URL {
    if name.hasPrefix("/") { return URL(fileURLWithPath: name) }
    let candidates = [CommandLine.arguments[0], "/proc/self/exe"] + CommandLine.arguments.dropFirst()
    let found = candidates.map { path in
      URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name)
    }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    return try unwrap(found, "\(name) was not built beside the tests")
  }
}

/// Waits for a condition, which comes true at once where all is well.
package func wait(within limit: Duration = .seconds(60), until condition: () throws -> Bool) throws {
  let end = ContinuousClock.now + limit
  while try !condition() {
    guard ContinuousClock.now < end else { throw Failure("waited in vain") }
    usleep(2000)
  }
}

extension ChildProcess {
  /// Of this process and its children.
  package static var userID: UInt32 { geteuid() }

  /// The child's open descriptors. Only root may look into a process that forbids dumping.
  package var descriptors: Int {
    get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd").count }
  }

  package var threads: Int {
    get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/task").count }
  }
}
