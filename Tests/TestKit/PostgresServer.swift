internal import Foundation
internal import Glibc
internal import Synchronization

/// A PostgreSQL of the tests' own: a new cluster in a temporary folder, on a free port of loopback and on a Unix socket in that
/// folder. It ends with this object, and with the process, however that ends.
///
/// Its parent is a shell that waits for the end of a pipe, of which this process has the only other end. A parent-death signal
/// (prctl(2)) would come when the *thread* ends that started it, and the threads that run tests come and go.
package final class PostgresServer: Sendable {
  package struct Options: Sendable {
    /// Lines of postgresql.conf beside our own.
    package var settings: [String: String] = [:]
    /// Lines of pg_hba.conf in place of our own, by which everyone on this machine is who they say.
    package var access: [String] = [
      "local all all trust", "host all all 127.0.0.1/32 trust", "local replication all trust",
      "host replication all 127.0.0.1/32 trust",
    ]
    /// The server's certificate and key, as paths: then it speaks TLS too.
    package var tls: TestAuthority.Pair?
    /// Path of the authority that signs clients' certificates.
    package var authority: String?
    /// The server whose standby this one is to be, until it is promoted.
    package var primary: PostgresServer?
    /// By which port of this machine a standby reaches its primary, where that isn't the primary's own.
    package var primaryPort: UInt16?
    /// The full path and the arguments of a program that runs the server, as `env` does.
    package var wrapper: [String] = []

    package init() {}
  }

  /// Cluster's superuser.
  package static let user = "postgres"

  /// One for all tests of this process that need nothing special: each makes a database of its own. It ends with the process.
  package static let shared = Result { try PostgresServer() }

  package let port: UInt16
  /// Folder of the Unix socket.
  package let socketFolder: String
  private let folder: Scratch
  private let programs: PostgresPrograms
  private let wrapper: [String]
  private let running: Mutex<Running>
  private let names = Mutex(0)

  private struct Running {
    var shell: SpawnedCommand?
    /// Closed, the server ends.
    var pipe: FileHandle?
  }

  package convenience init(_ change: (inout Options) -> Void = { _ in }) throws {
    var options = Options()
    change(&options)
    try self.init(options)
  }

  private init(_ options: Options) throws {
    programs = try PostgresPrograms()
    wrapper = options.wrapper
    folder = try Scratch()
    socketFolder = folder.url.path
    let user = try PostgresPrograms.User()
    try Self.give(folder.url.path, to: user)
    let data = folder.path("data")
    let make: [String]
    if let primary = options.primary {
      make = [
        programs.path("pg_basebackup"), "--no-sync", "--checkpoint=fast", "--wal-method=stream",
        "--write-recovery-conf",
        "--pgdata=\(data)",
        "--dbname=host=127.0.0.1 port=\(options.primaryPort ?? primary.port) user=\(Self.user) application_name=standby",
      ]
    } else {
      make = [
        programs.path("initdb"), "--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8", "--locale=C",
        "--username=\(Self.user)", "--pgdata=\(data)",
      ]
    }
    _ = try SpawnedCommand.run(user.command + make, output: folder.path("initdb.log"))
    var settings = [
      "listen_addresses": "127.0.0.1", "unix_socket_directories": folder.url.path, "max_connections": "100",
      "shared_buffers": "32MB", "log_line_prefix": "%m [%p] ",
    ]
    if let tls = options.tls {
      settings["ssl"] = "on"
      let files = [
        ("ssl_cert_file", tls.certificate), ("ssl_key_file", tls.key), ("ssl_ca_file", options.authority),
      ]
      for case (let name, let source?) in files {
        // It reads no key that others could read, nor one that another user owns.
        let copy = folder.path(name)
        try FileManager.default.copyItem(atPath: source, toPath: copy)
        chmod(copy, 0o600)
        try Self.give(copy, to: user)
        settings[name] = copy
      }
    }
    settings.merge(options.settings) { _, given in given }
    let lines = settings.map { "\($0.key) = '\($0.value)'\n" }.sorted().joined()
    try FileHandle.append(lines, to: "\(data)/postgresql.conf")
    try (options.access.joined(separator: "\n") + "\n").write(
      toFile: "\(data)/pg_hba.conf", atomically: false, encoding: .utf8)

    // PostgreSQL can't choose a free port by itself. One that was free a moment ago may be taken now: then another one.
    var (started, chosen): (Running?, UInt16) = (nil, 0)
    for _ in 0..<8 where started == nil {
      chosen = try Self.freePort()
      started = try Self.start(programs, user, wrapper, folder: folder, port: chosen)
    }
    port = chosen
    running = Mutex(
      try unwrap(started, "doesn't start: \((try? String(contentsOfFile: folder.path("log"), encoding: .utf8)) ?? "")"))
  }

  deinit {
    let (shell, pipe) = running.withLock { ($0.shell, $0.pipe) }
    try? pipe?.close()
    try? wait { shell?.ended != nil || shell == nil }
  }

  /// What it has logged so far.
  package var log: String { (try? String(contentsOfFile: folder.path("log"), encoding: .utf8)) ?? "" }

  /// What it runs under, from its start to its end.
  var shell: SpawnedCommand? { running.withLock { $0.shell } }

  /// Process of the postmaster, whose children serve the connections.
  package var identifier: Int32 {
    get throws {
      let file = try String(contentsOfFile: folder.path("data/postmaster.pid"), encoding: .utf8)
      return try unwrap(file.split(separator: "\n").first.flatMap { Int32($0) }, "no process id: \(file)")
    }
  }

  /// Ends it, if need be at once after 10 seconds. Its folder stays until this object goes.
  ///
  /// - Parameter signal: SIGINT ends connections (a "fast" stop), SIGQUIT as a power cut would (an "immediate" one).
  package func stop(_ signal: Int32 = SIGINT) throws {
    let (shell, server) = (try unwrap(shell, "not running"), try identifier)
    kill(server, signal)
    do {
      try wait(within: .seconds(10)) { shell.ended != nil }
    } catch {
      kill(server, SIGQUIT)
    }
    try wait { shell.ended != nil }
  }

  /// Starts it anew with the same data, on the same port, after `stop`.
  package func start() throws {
    let started = try Self.start(programs, try PostgresPrograms.User(), wrapper, folder: folder, port: port)
    let new = try unwrap(started, "doesn't start again: \(log)")
    running.withLock { $0 = new }
  }

  /// A new and empty database.
  ///
  /// - Returns: its name.
  package func makeDatabase() throws -> String {
    let number = names.withLock { number in
      number += 1
      return number
    }
    try run("CREATE DATABASE test_\(number)")
    return "test_\(number)"
  }

  /// Runs SQL as superuser, by psql.
  ///
  /// - Returns: the rows, their columns separated by `|`.
  @discardableResult
  package func run(_ sql: String, database: String = "postgres") throws -> String {
    let output = folder.path(UUID().uuidString)
    defer { unlink(output) }
    return try SpawnedCommand.run(
      [
        programs.path("psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
        "--host=\(socketFolder)", "--port=\(port)", "--username=\(Self.user)", "--dbname=\(database)",
        "--command=\(sql)",
      ], output: output
    ).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  // MARK: - Processes

  /// - Returns: nil where the port was taken.
  private static func start(
    _ programs: PostgresPrograms, _ user: PostgresPrograms.User, _ wrapper: [String], folder: Scratch, port: UInt16
  ) throws -> Running? {
    let script = """
      folder=$1; shift
      for fd in /proc/self/fd/*; do fd=${fd##*/}; [ $fd -gt 2 ] && eval "exec $fd>&-"; done
      exec 3<&0 </dev/null
      "$@" >"$folder/log" 2>&1 3<&- & server=$!
      { read -r line <&3; touch "$folder/left"; kill -INT $server; sleep 10; kill -QUIT $server; } >/dev/null 2>&1 & watch=$!
      exec 3<&-
      wait $server
      kill $watch
      [ -e "$folder/left" ] && rm -rf "$folder"
      exit 0
      """
    // A named pipe, since a child gets its input by path. What is opened here for both ways is its only writer.
    let name = folder.path("pipe")
    unlink(name)
    let descriptor = mkfifo(name, 0o600) == 0 ? open(name, O_RDWR | O_CLOEXEC) : -1
    guard descriptor >= 0 else { throw Failure("no pipe: error \(errno)") }
    let write = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let server = user.command + wrapper + [programs.path("postgres"), "-D", folder.path("data"), "-p", "\(port)"]
    let shell = try SpawnedCommand(["/bin/bash", "-c", script, "bash", folder.url.path] + server, input: name)
    let ready = ["--quiet", "--host=\(folder.url.path)", "--port=\(port)"]
    var hasEnded = false
    try wait {
      hasEnded = shell.ended != nil
      return hasEnded
        || (try? SpawnedCommand.run([programs.path("pg_isready")] + ready, output: "/dev/null")) != nil
    }
    guard hasEnded else { return Running(shell: shell, pipe: write) }
    let words = (try? String(contentsOfFile: folder.path("log"), encoding: .utf8)) ?? ""
    guard words.contains("Address already in use") || words.contains("could not create any TCP/IP sockets") else {
      throw Failure("PostgreSQL doesn't start: \(words)")
    }
    return nil
  }

  private static func give(_ path: String, to user: PostgresPrograms.User) throws {
    guard user.command.isEmpty || chown(path, user.uid, user.gid) == 0 else {
      throw Failure("chown \(path): error \(errno)")
    }
  }

  private static func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let size = length
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw Failure("no free port: error \(errno)") }
    return UInt16(bigEndian: address.sin_port)
  }
}

extension FileHandle {
  fileprivate static func append(_ text: String, to path: String) throws {
    let file = try unwrap(FileHandle(forWritingAtPath: path), "no \(path)")
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }
}
