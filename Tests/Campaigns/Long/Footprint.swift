import Foundation
import TestKit

/// What a gateway takes of the machine at one moment.
struct Footprint: Sendable {
  /// KiB, of which `anonymous` is memory that no file backs.
  let resident: Int
  let anonymous: Int
  /// Nil where only root may look: the gateway forbids dumping.
  let descriptors: Int?
  /// Bytes of the ledger and its log.
  let ledger: Int
  /// Microseconds of all threads, in steps of a clock tick.
  let cpu: Int

  init(of gateway: GatewayProcess) throws {
    let process = "/proc/\(gateway.process.identifier)"
    let status = try String(contentsOfFile: process + "/status", encoding: .utf8).split(separator: "\n")
    func kilobytes(_ name: String) -> Int {
      let line = status.first { $0.hasPrefix(name + ":") } ?? ""
      return Int(line.filter { ("0"..."9").contains($0) }) ?? 0
    }
    resident = kilobytes("VmRSS")
    anonymous = kilobytes("RssAnon")
    descriptors = try? gateway.process.descriptors
    let files = ["ledger.db", "ledger.db-wal"].compactMap { name in
      try? FileManager.default.attributesOfItem(atPath: gateway.scratch.path(name))[.size] as? Int
    }
    ledger = files.reduce(0, +)
    // proc(5): utime and stime are the 12th and 13th field behind the name, which ends with a parenthesis.
    let stat = try String(contentsOfFile: process + "/stat", encoding: .utf8)
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    let ticks = fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    cpu = ticks * 1_000_000 / sysconf(Int32(_SC_CLK_TCK))
  }
}
