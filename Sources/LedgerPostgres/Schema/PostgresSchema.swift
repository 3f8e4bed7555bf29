/// The name of the schema that holds all of ours, as it may stand in SQL without quotes.
package struct PostgresSchema: Sendable, Equatable, CustomStringConvertible {
  /// What the newest migration here makes.
  package static let version = Int64(migrations.count)
  /// SQL that leads from one version to the next; `SCHEMA` stands for the name. What has been released is never changed: a
  /// function that has to do something else gets a new name (`_v2`), and the old one stays while replicas of the version before
  /// still call it.
  static let migrations: [[String]] = [
    PostgresSchema1.tables + PostgresSchema1.functions + PostgresSchema1.reading + PostgresSchema1.retention
  ]

  package let name: String

  package static let standard = PostgresSchema(checked: "convene")

  /// - Returns: nil where it isn't 1 to 63 of `a-z0-9_`, beginning with a letter, or is one of PostgreSQL's own.
  package init?(_ name: String) {
    let isLetter = { (byte: UInt8) in (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    let isFurther = { (byte: UInt8) in
      isLetter(byte) || byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    guard
      let first = name.utf8.first, isLetter(first), name.utf8.count <= 63, name.utf8.allSatisfy(isFurther),
      !name.hasPrefix("pg_"), name != "public", name != "information_schema"
    else { return nil }
    self.name = name
  }

  private init(checked name: String) { self.name = name }

  package var description: String { name }

  /// SQL for this schema.
  func fill(_ sql: String) -> String {
    sql.split(separator: "SCHEMA", omittingEmptySubsequences: false).joined(separator: name)
  }

  /// A name as SQL has it in quotes.
  static func quote(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
