internal import ArgumentParser
internal import Configuration
internal import Gateway
internal import LedgerPostgres

/// What commands take of a database, and the rules for it.
enum PostgresArguments {
  static func check(url: String?) throws {
    do throws(PostgresURLError) {
      if let url { _ = try PostgresPlace(url: url) }
    } catch {
      throw ValidationError("--url \(error.message)")
    }
  }

  static func check(schema: String?) throws {
    guard schema?.isSchemaName ?? true else {
      throw ValidationError(
        "--schema must be 1 to 63 of a-z, 0-9 and _, begin with a letter, and be none of PostgreSQL's own")
    }
  }
}
