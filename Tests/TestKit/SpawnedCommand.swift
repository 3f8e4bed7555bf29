internal import Foundation
internal import Glibc
internal import Synchronization

/// A command that is started without Foundation, which knows the end of a child by the end of a socket that the child has
/// inherited: a server that lives on with a copy of it would hide the end of others, and one that closes it would stop Foundation.
final class SpawnedCommand: Sendable {
  let identifier: Int32
  private let status = Mutex<Int32?>(nil)

  /// - Parameters:
  ///   - input: path of standard input.
  ///   - output: path of the file that gets standard output and error.
  init(_ command: [String], input: String = "/dev/null", output: String = "/dev/null") throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let arguments = command.map { strdup($0) } + [nil]
    let variables = [strdup("PATH=/usr/bin:/bin"), nil]
    defer { for text in arguments + variables { free(text) } }
    var process: pid_t = 0
    let error = posix_spawn(&process, command[0], &actions, nil, arguments, variables)
    guard error == 0 else { throw Failure("\(command[0]): error \(error)") }
    identifier = process
  }

  /// The exit status, or minus the signal that ended it; nil while it runs.
  var ended: Int32? {
    status.withLock { status in
      if status == nil {
        var word: Int32 = 0
        if waitpid(identifier, &word, WNOHANG) == identifier {
          status = word & 0x7F == 0 ? (word >> 8) & 0xFF : -(word & 0x7F)
        }
      }
      return status
    }
  }

  /// Runs a command to its end.
  ///
  /// - Returns: what it wrote.
  static func run(_ command: [String], output: String) throws -> String {
    let command = (spawned: try SpawnedCommand(command, output: output), words: command)
    try wait { command.spawned.ended != nil }
    let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    guard command.spawned.ended == 0 else { throw Failure("\(command.words.joined(separator: " ")): \(text)") }
    return text
  }
}
