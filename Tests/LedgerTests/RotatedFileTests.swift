import Audit
import Gateway
import Glibc
import Ledger
import LedgerSQLite
import TestKit
import Testing

@Suite("A file that gets a rotated one's name")
struct RotatedFileTests {
  private let scene: Scene
  private var file: String { scene.directory.file("audit.jsonl") }
  private var sink: AuditSettings.Sink { .file(path: file, rotateAt: 1500, keep: 3) }

  init() throws { scene = try Scene() }

  static let strangers: [(String, @Sendable (String, Scene) throws -> Void)] = [
    ("text", { path, _ in try write(Array("somebody's\n".utf8), to: path) }),
    ("a line cut short", { path, _ in try write(Array("{\"seq\":1,\"time".utf8), to: path) }),
    ("a directory", { path, _ in try #require(mkdir(path, 0o700) == 0) }),
    ("a link", { path, scene in try #require(symlink(scene.directory.file("elsewhere"), path) == 0) }),
    ("a pipe", { path, _ in try #require(mkfifo(path, 0o600) == 0) }),
    (
      "another ledger's",
      { path, _ in
        let other = try Scene()
        other.clock.advance(.seconds(1))
        let ledger = try other.open([.file(path: path, rotateAt: 1 << 30, keep: 1)])
        try ledger.record(2)
        ledger.close()
      }
    ),
  ]

  @Test(
    "and isn't this ledger's is refused and stays as it is, whatever its number", arguments: strangers.indices, [1, 3])
  func refused(index: Int, number: Int) throws {
    let (what, make) = Self.strangers[index]
    let ledger = try scene.open([sink])
    try ledger.record(1)
    ledger.close()
    let path = "\(file).\(number)"
    try make(path, scene)
    let isPipe = what == "a pipe"  // To open one is to wait.
    let before = isPipe ? nil : contents(path)
    var settings = LedgerSettings()
    settings.path = scene.path
    let checked = try #require(SQLiteStorage.refusal(of: sink, ledger: settings), "\(what)")
    #expect(checked.contains(path))
    do throws(LedgerError) {
      try scene.open([sink]).close()
      Issue.record("\(what): opened")
    } catch {
      #expect(error.message.hasSuffix(checked))
    }
    #expect(isPipe || contents(path) == before)
    rmdir(path)
  }

  @Test("while a gateway runs is left alone: the file before it grows on, and nothing is lost", arguments: [1, 2, 3])
  func meanwhile(number: Int) throws {
    let log = LogLines()
    let ledger = try scene.open([sink], logger: log.logger)
    let path = "\(file).\(number)"
    try write(Array("somebody's\n".utf8), to: path)
    for _ in 1...20 {
      try ledger.record(1)
      try wait { contents(file).map { !$0.isEmpty } == true }
    }
    try wait { log.all.contains { $0.contains("can't be rotated") } }
    ledger.close()
    #expect(contents(path) == Array("somebody's\n".utf8))
    let ours = (1...3).reversed().filter { $0 != number }.flatMap { contents("\(file).\($0)") ?? [] }
    #expect(ours + (contents(file) ?? []) == (try scene.exported()))
  }
}
