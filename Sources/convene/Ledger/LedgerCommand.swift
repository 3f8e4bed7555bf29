internal import ArgumentParser

struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Make a shared ledger's schema, and look at a ledger.",
    subcommands: [LedgerMigrateCommand.self, LedgerStatusCommand.self])
}
