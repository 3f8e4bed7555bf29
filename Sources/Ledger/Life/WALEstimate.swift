/// How much of the write-ahead log requests take, in pages, counted as if each were committed alone.
enum WALEstimate {
  /// A step of pruning with the records of what it forgets, sinks' positions, limits, a checkpoint's signature.
  static let upkeep = 176
  /// A batch begins where there is space for so much more, so that it can begin at least one command.
  static let margin = 128
  /// A record and its share of the table.
  static let record = 2
  /// A row with its index, each with a page that splits; or an outcome's row, and its command that becomes unknown.
  private static let row = 8
  /// Whose a conference is.
  private static let owner = 4
  private static let page = 4096
  /// Bytes of a reply for which there is surely space; one of Telnyx's has less than 2 KiB. A longer one may have to
  /// wait in memory on a full disk.
  private static let reply = 16 << 10

  /// - Parameters:
  ///   - bytes: of the body that is sent. What policy touched of it stands in the record, asked and effective.
  ///   - namesOwner: it is written whose the conference is.
  static func outcome(bytes: Int, namesOwner: Bool) -> Int {
    row + record + (namesOwner ? owner : 0) + (reply + 3 * bytes) / page
  }

  /// An intent and its outcome.
  ///
  /// Parameters as above.
  static func command(bytes: Int, namesOwner: Bool) -> Int {
    row + bytes / page + outcome(bytes: bytes, namesOwner: namesOwner)
  }
}
