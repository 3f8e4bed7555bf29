internal import Audit
internal import Files
package import Gateway

/// A file sink's file as a process finds it at its start.
package struct SinkFile: Sendable {
  package let path: String
  let terms: FileSinkTerms
  /// nil = there is none yet, or it can't be looked at now; then the first write says why.
  let end: FileEnd?
  /// The last record of the file before it: there it is where this one was just begun.
  let earlierEnd: AuditChain?
  let rotated: [RotatedFile]

  /// Nothing is there that could be another ledger's.
  package var isNew: Bool { end == nil && rotated.isEmpty }

  /// - Throws: `path` where it may not be written.
  init(path: String, terms: FileSinkTerms) throws(LedgerError) {
    self.path = path
    self.terms = terms
    let real = (try? FilePlace(path))?.path ?? path
    do throws(AuditOutputError) {
      end = try FileOutput.end(of: path, terms)
      rotated = try RotatedFile.all(real, keep: terms.keep)
    } catch {
      throw LedgerError(.path, error.message)
    }
    if case .record(let chain, _, _) = FileOutput.end(at: "\(real).1") { earlierEnd = chain } else { earlierEnd = nil }
  }

  /// - Throws: where something is not this ledger's.
  package func check(_ evidence: SinkFileEvidence) throws(LedgerError) {
    for file in rotated where !terms.beginsAnew {
      if let first = file.first, try !evidence.has(first) { throw LedgerError(.path, file.ofAnotherLedger.message) }
    }
    guard let end else { return }
    switch try evidence.owner(of: end, beginsAnew: terms.beginsAnew) {
    case .anotherLedger where terms.beginsAnew: return
    case .anotherLedger: throw LedgerError(.path, FileOutput.ofAnotherChain(path).message)
    case .stranger: throw LedgerError(.path, FileOutput.foreign(path).message)
    case .thisLedger: return
    }
  }

  /// Of each sink; nil for one that is no file.
  ///
  /// - Parameters:
  ///   - isDurable: whether the ledger outlives its process.
  ///   - others: files that are needed otherwise, the ledger's among them.
  package static func all(
    _ audit: AuditSettings, isDurable: Bool, others: [String]
  ) throws(LedgerError) -> [SinkFile?] {
    var files: [SinkFile?] = []
    for sink in audit.sinks {
      guard case .file(let path, let rotateAt, let keep) = sink else {
        files.append(nil)
        continue
      }
      var terms = FileSinkTerms(rotateAt: rotateAt, keep: keep, otherFiles: others, beginsAnew: !isDurable)
      for case .file(let other, _, _) in audit.sinks where other != path { terms.otherFiles.append(other) }
      files.append(try SinkFile(path: path, terms: terms))
    }
    return files
  }
}
