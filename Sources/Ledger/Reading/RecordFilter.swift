package import EventLoop

/// Which audit records are wanted: those for which all that is said holds.
package struct RecordFilter: Sendable {
  /// Not older than this.
  package var since: WallTime?
  /// Older than this.
  package var until: WallTime?
  package var team: String?
  package var caller: String?
  package var commandID: String?
  package var decision: String?
  /// Checkpoints are records too, but decide nothing.
  package var includesCheckpoints = false

  package init() {}

  static let condition = """
    (?3 IS NULL OR time >= ?3) AND (?4 IS NULL OR time < ?4) AND (?5 IS NULL OR team = ?5) \
    AND (?6 IS NULL OR caller = ?6) AND (?7 IS NULL OR command_id = ?7) AND (?8 IS NULL OR decision = ?8) \
    AND (?9 OR decision <> 'checkpoint' OR ?8 IS NOT NULL)
    """

  func bind(to statement: PreparedStatement) {
    statement.bind(3, since?.microseconds)
    statement.bind(4, until?.microseconds)
    statement.bind(5, team)
    statement.bind(6, caller)
    statement.bind(7, commandID)
    statement.bind(8, decision)
    statement.bind(9, includesCheckpoints ? 1 : 0 as Int64)
  }
}
