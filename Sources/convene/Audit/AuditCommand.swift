internal import ArgumentParser

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Check, search, follow and export the record of decisions.",
    discussion: """
      All of these read only, also while a gateway runs: they never change or make a ledger, and never keep the gateway \
      waiting. They need read access to the ledger's file and, while a gateway runs, read and write access to the file \
      -shm beside it, through which SQLite's readers and writers agree: be the same user, or root. A ledger that replicas \
      share in PostgreSQL is read by a role of its own, which `convene ledger migrate --auditing-role` names, also on a standby.
      """,
    subcommands: [
      AuditVerifyCommand.self, AuditQueryCommand.self, AuditTailCommand.self, AuditExportCommand.self,
    ])
}
