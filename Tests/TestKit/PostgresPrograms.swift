internal import Foundation
internal import Glibc

/// Where PostgreSQL's programs are, and as whom the server may run.
struct PostgresPrograms {
  private let folder: URL

  /// Looks where PATH says, then where `pg_config` says, then for the newest of Debian's versions.
  init() throws {
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
    let debian = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
    let newest = versions.compactMap(Int.init).sorted(by: >).map { "\(debian)/\($0)/bin" }
    // A link to `initdb` leads to where the rest is, too.
    let candidates = path + [Self.configured(path)].compactMap { $0 } + newest
    let found = candidates.lazy
      .map { URL(fileURLWithPath: $0).appendingPathComponent("initdb").resolvingSymlinksInPath() }
      .map { $0.deletingLastPathComponent() }
      .first { folder in
        ["initdb", "postgres", "psql", "pg_isready"].allSatisfy {
          FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent($0).path)
        }
      }
    folder = try unwrap(found, "no initdb, postgres, psql and pg_isready: `make dependencies` installs them")
  }

  func path(_ program: String) -> String { folder.appendingPathComponent(program).path }

  private static func configured(_ path: [String]) -> String? {
    guard
      let program = path.map({ "\($0)/pg_config" }).first(where: FileManager.default.isExecutableFile),
      let child = try? ChildProcess(program, ["--bindir"]), child.waitForExit() == 0
    else { return nil }
    return child.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Who runs the server: initdb and postgres refuse root, so that a mistake in the database isn't one of the whole machine.
  struct User {
    let uid: UInt32
    let gid: UInt32
    /// Begins a command that is to run as this user: nothing where that is so already.
    let command: [String]

    /// This process's own user; in its place, where that is root, the one that Debian made for the purpose, or nobody.
    init() throws {
      guard geteuid() == 0 else {
        (uid, gid, command) = (geteuid(), getegid(), [])
        return
      }
      let entry = try unwrap(getpwnam("postgres") ?? getpwnam("nobody"), "no user to run PostgreSQL as")
      (uid, gid) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
      command = ["/usr/bin/setpriv", "--reuid=\(uid)", "--regid=\(gid)", "--clear-groups"]
    }
  }
}
