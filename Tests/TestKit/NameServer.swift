internal import Foundation
internal import Glibc
internal import Synchronization

/// A name server on an address of its own, which answers when the test says so. Only root may have one: glibc asks on port
/// 53 alone, and what it asks is in a file that has to be mounted over.
package final class NameServer: Sendable {
  /// The only name that it has an address for: 127.0.0.1.
  package static let name = "telnyx.example"
  package static let isPossible = (try? NameServer()) != nil

  private struct State {
    var isSilent = false
    var questions = 0
  }

  private let address: String
  private let descriptor: Int32
  private let state = Mutex(State())
  private let scratch: Scratch

  package init() throws {
    scratch = try Scratch()
    let digits = (0..<3).map { _ in Int.random(in: 2...250) }
    address = "127.\(digits[0]).\(digits[1]).\(digits[2])"
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var own = sockaddr_in()
    own.sin_family = sa_family_t(AF_INET)
    own.sin_port = UInt16(53).bigEndian
    inet_pton(AF_INET, address, &own.sin_addr)
    let isBound = withUnsafePointer(to: own) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isBound, geteuid() == 0 else {
      close(descriptor)
      throw Failure("can't have port 53: error \(errno)")
    }
    // For longer than any test waits, and a question every 30 s.
    try scratch.write("nameserver \(address)\noptions timeout:30 attempts:5\n", to: "resolv.conf")
    Thread { [weak self, descriptor] in
      var question = [UInt8](repeating: 0, count: 512)
      var peer = sockaddr_storage()
      while true {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let count = withUnsafeMutablePointer(to: &peer) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            recvfrom(descriptor, &question, question.count, 0, $0, &length)
          }
        }
        guard count > 0, let self else { break }
        guard let answer = answer(to: Array(question[..<count])) else { continue }
        _ = withUnsafePointer(to: peer) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            sendto(descriptor, answer, answer.count, 0, $0, length)
          }
        }
      }
      close(descriptor)
    }.start()
  }

  deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// A program that becomes the one that it is given, which asks this server alone.
  package var wrapper: [String] {
    let script = "mount --bind \(scratch.path("resolv.conf")) /etc/resolv.conf && exec \"$0\" \"$@\""
    return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script]
  }

  /// So many came so far: two for each look-up, one a family of addresses.
  package var questions: Int { state.withLock { $0.questions } }

  package func beSilent(_ isSilent: Bool = true) { state.withLock { $0.isSilent = isSilent } }

  /// RFC 1035, section 4.1: header, question, and an answer that names the question's name by its offset.
  private func answer(to question: [UInt8]) -> [UInt8]? {
    let isSilent = state.withLock { state in
      state.questions += 1
      return state.isSilent
    }
    guard !isSilent, let end = question.dropFirst(12).firstIndex(of: 0), question.count >= end + 5 else { return nil }
    let type = question[end + 2]
    let labels = Self.name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + $0.utf8 }
    let isKnown = Array(question[12..<end]) == labels
    let hasAddress = isKnown && type == 1
    let header: [UInt8] = question[..<2] + [0x81, isKnown ? 0x80 : 0x83, 0, 1, 0, hasAddress ? 1 : 0, 0, 0, 0, 0]
    let record: [UInt8] = [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]
    return header + question[12..<(end + 5)] + (hasAddress ? record : [])
  }
}
