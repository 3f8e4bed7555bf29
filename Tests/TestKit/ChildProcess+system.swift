internal import Foundation

extension ChildProcess {
  /// A process of this machine.
  package struct Entry: Sendable {
    package let identifier: Int32
    package let parent: Int32
    /// The beginning of its program's name.
    package let name: String
  }

  /// All that run; not those that have ended already, and whose parents have not asked about that.
  package static func running() -> [Entry] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap(Int32.init).compactMap { process in
      guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
        let begin = text.firstIndex(of: "("), let end = text.lastIndex(of: ")")
      else { return nil }
      // Its name, in parentheses, may hold anything; then state and parent.
      let words = text[text.index(after: end)...].split(separator: " ")
      guard words.count > 1, words[0] != "Z", let parent = Int32(words[1]) else { return nil }
      return Entry(identifier: process, parent: parent, name: String(text[text.index(after: begin)..<end]))
    }
  }
}
