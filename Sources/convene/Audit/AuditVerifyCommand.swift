internal import ArgumentParser
internal import Audit
internal import Crypto
internal import LedgerPostgres
internal import LedgerSQLite

struct AuditVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check the chain of audit records, in a ledger or in files.",
    discussion: """
      Prints one line, and exits with
        0  intact
        1  could not be read
        2  wrong command line
        3  torn tail: the last line is incomplete, as a crash leaves it
        4  edited: a record is not the one that was hashed, or doesn't follow the one before it
        5  truncated: a checkpoint, a seal, a list of heads, or the ledger's note of its end vouches for more records; or too \
      many have none that vouches for them
        6  gap: records are missing between others, or before the first one, or a whole chain is
        7  bad signature: a checkpoint, a list of heads, a seal or the note of what was pruned is not signed with a key that \
      was given
      for the first thing that is wrong.

      A shared ledger has a chain for each replica. All are checked, and whether every one is there that another one or a \
      signed list of heads names. The line ends with the newest such list, WRITER:SEQ:HASH: noted elsewhere, and given \
      as --expect, it finds whatever was deleted later, lists and all.

      FILE is what `audit export` or a sink of the gateway wrote; rotated files in order, the oldest first; - is standard \
      input. Records that a sink got again after a crash are counted. A file may begin anywhere; the line says where.

      Where checkpoints are signed, an exported file ends in a seal, which vouches for all that is in it. A file that has \
      checkpoints but no seal at its end was cut off: 5. A sink's file has no seal; it is checked with --allow-open-tail, \
      and what stands behind its last checkpoint is vouched for by nothing. With --public-key a file must have a seal, and \
      a ledger checkpoints, whatever else is in it: only that finds a file that was cut off before its first checkpoint, \
      or written anew without any.

      Where the configuration names a key, a ledger may have no more records behind its last checkpoint than its \
      `checkpoint.every` says, and where it has no checkpoint at all, none that is a minute older than \
      `checkpoint.interval`: else 5. After a change of these, start the gateway first.
      """)

  @Argument(help: ArgumentHelp("Exported or sinks' files; by default, the ledger.", valueName: "file"))
  var files: [String] = []

  @OptionGroup var ledger: LedgerOption

  @Option(
    name: .customLong("public-key"), parsing: .singleValue,
    help: ArgumentHelp(
      "A key that signatures are checked with, as `convene key new --signing` printed it; one for each key that was used.",
      discussion: "By default, for a ledger, the one that belongs to the configuration's key.", valueName: "key"))
  var publicKeys: [PublicKeyArgument] = []

  @Option(
    help: ArgumentHelp(
      "A record noted elsewhere: it must be there, with this hash; among several chains, WRITER:SEQ:HASH.",
      valueName: "seq:hash"))
  var expect: ExpectedRecord?

  @Flag(help: "A file may end without a seal, as a sink's does.")
  var allowOpenTail = false

  func validate() throws {
    guard files.isEmpty || !ledger.isNamed else { throw ValidationError("give files or a ledger, not both") }
    guard files.count(where: { $0 == "-" }) < 2 else { throw ValidationError("standard input can be read once") }
  }

  func run() throws {
    StandardStream.keepOut(of: files)
    try reporting {
      var terms = AuditVerifier.Terms()
      terms.keys = publicKeys.map(\.key)
      terms.wantsSignatures = !publicKeys.isEmpty
      terms.allowsOpenTail = allowOpenTail
      (terms.expected, terms.expectedWriter) = (expect?.chain, expect?.writer)
      do {
        let report = try files.isEmpty ? verifyLedger(terms) : VerificationReport(verifyFiles(terms), keys: terms.keys)
        StandardStream.output.writeLine(report.text)
      } catch let finding as AuditFinding {
        StandardStream.error.writeLine(finding.description)
        throw finding.kind.exitCode
      }
    }
  }

  private func verifyFiles(_ terms: AuditVerifier.Terms) throws -> AuditVerifier {
    var verifier = AuditVerifier(terms)
    for file in files { try verifier.take(file: file) }
    try verifier.finish()
    return verifier
  }

  private func verifyLedger(_ terms: AuditVerifier.Terms) throws -> VerificationReport {
    var terms = terms
    let resolved = try ledger.resolve()
    if terms.keys.isEmpty {
      let key = resolved.signingKey { StandardStream.error.writeLine("signatures are not checked: \($0)") }
      terms.keys = key.map { [$0.publicKey] } ?? []
    }
    terms.unsigned = resolved.unsignedTailLimit
    switch try resolved.open() {
    case .file(let reader): return VerificationReport(try reader.verify(terms), keys: terms.keys)
    case .shared(let reader):
      guard terms.expected == nil || terms.expectedWriter != nil else {
        throw ValidationError("a shared ledger has several chains: say --expect WRITER:SEQ:HASH")
      }
      return VerificationReport(try reader.verify(terms), keys: terms.keys)
    }
  }
}

extension AuditFinding.Kind {
  fileprivate var exitCode: ExitCode {
    switch self {
    case .torn: ExitCode(3)
    case .edited: ExitCode(4)
    case .truncated: ExitCode(5)
    case .gap: ExitCode(6)
    case .badSignature: ExitCode(7)
    }
  }
}

struct PublicKeyArgument: ExpressibleByArgument {
  let key: VerifyingKey

  init?(argument: String) {
    guard let key = [UInt8](base64: argument).flatMap(VerifyingKey.init) else { return nil }
    self.key = key
  }
}

/// `SEQ:HASH` or `WRITER:SEQ:HASH`, the hash in hex.
struct ExpectedRecord: ExpressibleByArgument {
  let chain: AuditChain
  let writer: Int64?

  init?(argument: String) {
    var parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    writer = parts.count == 3 ? Int64(parts.removeFirst()) : nil
    guard parts.count == 2, writer.map({ $0 > 0 }) ?? (argument.utf8.count { $0 == UInt8(ascii: ":") } == 1),
      let seq = Int64(parts[0]), seq > 0, let hash = [UInt8](hex: String(parts[1])),
      hash.count == 32
    else { return nil }
    chain = AuditChain(seq: seq, hash: hash)
  }
}
