internal import ArgumentParser

struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Make a shared ledger's schema, take a file's ledger over, and look at a ledger.",
    subcommands: [LedgerMigrateCommand.self, LedgerImportCommand.self, LedgerStatusCommand.self])
}
