import Foundation
import JSON
import TestKit
import Testing

@Suite("A file of the audit that others rotate", .timeLimit(.minutes(30)))
struct RotationTests {
  private let simulator: SimulatorProcess
  private let gateway: GatewayProcess
  private var file: String { gateway.scratch.path("audit.jsonl") }

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator) { $0.audit = "sinks: [stdout, {file: {path: audit.jsonl}}]" }
  }

  private func seqs(_ paths: String...) throws -> [Int64] {
    try paths.flatMap { path in
      ChildProcess.jsonLines(try String(contentsOfFile: path, encoding: .utf8)).compactMap { $0["seq"]?.integer }
    }
  }

  private func create(_ numbers: ClosedRange<Int>) throws {
    for number in numbers {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
  }

  @Test("lacks no record and repeats none over the seam, when it is renamed and SIGHUP follows")
  func renamed() throws {
    for round in 1...5 {
      try create(round * 10...round * 10 + 4)
      // A sink gathers lines before it makes its file.
      try wait { FileManager.default.fileExists(atPath: file) }
      try FileManager.default.moveItem(atPath: file, toPath: "\(file)-\(round)")
      gateway.process.signal(SIGHUP)
      try wait { FileManager.default.fileExists(atPath: file) }
    }
    try create(100...104)
    #expect(gateway.terminate() == 0)
    #expect(try seqs("\(file)-1", "\(file)-2", "\(file)-3", "\(file)-4", "\(file)-5", file) == Array(1...31))
    let verify = try ChildProcess(
      "convene", ["audit", "verify", "--allow-open-tail"] + (1...5).map { "\(file)-\($0)" } + [file])
    #expect(verify.waitForExit() == 0, "\(verify.standardError)")
  }

  @Test("is begun anew while creates go on, without a word, and after it is removed")
  func underLoad() throws {
    let gateway = gateway
    let load = Background {
      for number in 1...200 {
        let reply = try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)"))
        #expect(reply.status == 200)
      }
    }
    var names: [String] = []
    while !load.isFinished {
      guard (try? FileManager.default.moveItem(atPath: file, toPath: "\(file)-\(names.count)")) != nil else { continue }
      names.append("\(file)-\(names.count)")
      try wait { FileManager.default.fileExists(atPath: file) || load.isFinished }
    }
    try load.value()
    #expect(gateway.terminate() == 0)
    let all = try (names + [file]).filter { FileManager.default.fileExists(atPath: $0) }.flatMap { try seqs($0) }
    #expect(all == Array(1...201))
  }
}
