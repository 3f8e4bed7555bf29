import Foundation
import Oracle
import TestKit

/// The tool that makes system calls fail, or end the process, on an unmodified binary.
enum Strace {
  private static let path = "/usr/bin/strace"

  /// As the tracer is a grandchild (-D), the process that was started is the gateway itself.
  static func command(_ calls: String, _ more: [String], output: String = "/dev/null") -> [String] {
    [path, "-D", "-f", "-y", "-qq", "-o", output, "-e", "trace=\(calls)"] + more
  }

  /// Kills at the `number`th of a thread's calls, before it takes place.
  static func kill(at number: Int, of call: String) -> [String] {
    command(call, ["-e", "inject=\(call):signal=SIGKILL:when=\(number)"])
  }

  /// Lets the `number`th of a thread's calls fail, and those after it where `persists`.
  ///
  /// - Parameter output: the file where failures are marked with `(INJECTED)`.
  static func fail(with error: String, at number: Int, of call: String, persists: Bool, output: String) -> [String] {
    command(call, ["-e", "inject=\(call):error=\(error):when=\(number)\(persists ? "+" : "")"], output: output)
  }

  /// Writes down all that goes through these calls, with every byte.
  static func record(_ calls: String, output: String) -> [String] {
    command(calls, ["-xx", "-s", "1048576"], output: output)
  }

  /// How often each call is made in a case, by the thread that makes most of them.
  static func measure(
    _ calls: [String], _ variant: Variant, _ setting: KillSetting, _ simulator: SimulatorProcess
  ) throws -> [String: Int] {
    let scratch = try Scratch()
    let file = scratch.path("calls")
    let run = try CaseRun(
      setting.scenario(0), variant, setting: setting,
      wrappers: [command(calls.joined(separator: ","), [], output: file)], simulator)
    try run.play()
    return try most(calls, in: file)
  }

  /// How often each call stands in a record, by the thread that makes most of them.
  static func most(_ calls: [String], in file: String) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
      guard words.count == 2, let end = words[1].firstIndex(of: "(") else { continue }
      counts["\(words[0]) \(words[1][..<end].drop { $0 == " " })", default: 0] += 1
    }
    var most: [String: Int] = [:]
    for (key, count) in counts {
      let call = String(key.split(separator: " ").last ?? "")
      if calls.contains(call) { most[call] = max(most[call] ?? 0, count) }
    }
    return most
  }
}
