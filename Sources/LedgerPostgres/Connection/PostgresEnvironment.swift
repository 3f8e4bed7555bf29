internal import CPostgres
internal import Glibc
internal import Synchronization

/// libpq's process-wide set-up.
package enum PostgresEnvironment {
  /// Removes every variable that begins with `PG` from the process's environment, once. Most of them have a parameter in their
  /// place; PGSERVICE, PGSYSCONFDIR, PGTZ, PGDATESTYLE and PGGEQO have none, or none that says "nothing".
  ///
  /// unsetenv(3) isn't safe beside a thread that reads the environment: to be called before others run, as well as possible.
  package static let isClean: Bool = {
    var names: [String] = []
    var entry = environ
    while let variable = entry.pointee {
      let text = String(cString: variable)
      if text.hasPrefix("PG") { names.append(String(text.prefix { $0 != "=" })) }
      entry += 1
    }
    return names.allSatisfy { unsetenv($0) == 0 }
  }()
}
