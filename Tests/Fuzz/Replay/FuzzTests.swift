import Foundation
import Testing

/// What was found by fuzzing, again: each input that is kept, and each that something broke on. A new crash is a file in
/// `Crashes/TARGET`, named for what was wrong, and nothing more.
@Suite("Fuzz")
struct FuzzTests {
  @Test("what must hold for any input holds for those that are kept", arguments: FuzzTarget.allCases)
  func corpus(target: FuzzTarget) throws {
    let inputs = try Corpus.inputs(of: target)
    #expect(!inputs.isEmpty, "there are inputs")
    try replay(inputs, on: target)
  }

  @Test("what was broken once is broken no more", arguments: try Corpus.crashes())
  func crash(target: FuzzTarget, name: String) throws {
    let input = try Corpus.bytes("Crashes/\(target.rawValue)/\(name)")
    #expect(throws: Never.self) { try target.check(input) }
  }

  private func replay(_ inputs: [[UInt8]], on target: FuzzTarget) throws {
    for input in inputs {
      do {
        try target.check(input)
      } catch {
        Issue.record("\(error): \(String(decoding: input, as: UTF8.self).debugDescription)")
      }
    }
  }
}
