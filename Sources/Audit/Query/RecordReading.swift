package import Gateway

/// Looks at a ledger's records from another process, in the order in which people read them: by their numbers, or, where a ledger
/// has several chains, by time, writer and number.
package protocol RecordReading {
  /// What messages call the ledger.
  var name: String { get }

  /// How the records' pseudonyms are made: those of a ledger that was imported in another way than the others'. Empty where there are none
  /// yet.
  func pseudonyms() throws -> [Pseudonyms]

  /// The teams that records tell of, as far as had to be looked.
  ///
  /// - Parameter wanted: when each of these was found, that is enough.
  func teams(until wanted: [String]) throws -> [String]

  /// - Parameter body: gets some of the records; returns whether it wants more.
  func records(_ filter: RecordFilter, _ body: ([StoredRecord]) throws -> Bool) throws

  /// The newest records, oldest first.
  func newest(_ limit: Int, _ filter: RecordFilter) throws -> [StoredRecord]

  /// Begins where the ledger ends now.
  func follower(_ filter: RecordFilter) throws -> any RecordFollowing
}

/// Tells of records as they come.
package protocol RecordFollowing {
  /// Those that were there at the beginning.
  ///
  /// - Parameter count: so many of the newest; nil = all.
  mutating func past(_ count: Int?, _ body: ([StoredRecord]) throws -> Void) throws

  /// Those that have come.
  ///
  /// - Returns: whether there were any, wanted or not.
  mutating func next(_ body: ([StoredRecord]) throws -> Void) throws -> Bool
}
