package import Audit
package import EventLoop
package import Gateway
package import Logging

/// A store that other processes write, too: other replicas of the gateway, each for the commands that it sends.
///
/// Facts are read before a batch's transaction, all at once; the transaction's writes leave together, when it is committed, and
/// each says what it was judged by. Where another replica was sooner, nothing is written, `commit` throws `conflict`, and the
/// batch is judged anew by what is there then.
package protocol SharedLedgerStore: LedgerStore {
  /// By the store's own clock, which all replicas share; nil = as the options say.
  var now: DualClockInstant? { get }

  /// How long this process may send what it was admitted.
  var lease: SendingLease { get }

  /// How the chain of this process's records begins.
  var opening: ChainOpening { get }

  /// Reads what a batch needs to know, and charges limits for those that are new.
  func look(for batch: LookAhead) throws(LedgerError)

  /// What was read for a batch is no longer used.
  func forgetRead()

  /// What was found for an admission of `LookAhead.unnamed`: commands that its caller asked for by the same body, without a key
  /// either, the oldest first.
  func equals(to admission: Admission) throws(LedgerError) -> [StoredCommand]

  /// The number of a row, for a command that is new.
  func nextRow() throws(LedgerError) -> Int64

  /// Whether the limits let this admission pass, charged by then; and how they stand.
  func limits(for admission: Admission) throws(LedgerError) -> (statuses: [LimitStatus], refusing: LimitStatus?)

  /// What was charged for an admission stays so: what it is for happens.
  func keepCharge(of admission: Admission)

  /// Whether a command that this process sends, or looks up, is still its own.
  func holds(_ command: StoredCommand) throws(LedgerError) -> Bool

  /// Whether a command as it was read is this process's to speak of.
  func owns(_ command: StoredCommand) -> Bool

  /// Which of these commands other replicas are still sending.
  func sendingElsewhere(_ commandIDs: [String]) throws(LedgerError) -> Set<String>

  /// Commands that replicas which have gone were sending, or did not know the outcome of; some at a time.
  func orphans() throws(LedgerError) -> [StoredCommand]

  /// Whether it is this replica's turn to do what one does for all; true about once a minute, for one of those that live.
  func takesCare() throws(LedgerError) -> Bool

  /// Where all chains end.
  func heads() throws(LedgerError) -> [FleetHeads.Head]

  /// Notes up to which record all sinks of this process have its chain: nothing behind that is dropped. Within a transaction.
  func noteDelivered(_ seq: Int64) throws(LedgerError)

  /// Records that this process is to write for others, each with the number of its note: what replicas that have gone had counted
  /// and not told. The same ones again until they are written.
  func takeNotes() throws(LedgerError) -> [(note: Int64, text: [UInt8])]

  /// Signs what was dropped of all chains before there was a key.
  ///
  /// - Parameter look: records at each end of a chain that are looked at for a signature.
  func adoptAnchors(_ signing: CheckpointSigning, look: Int64, _ logger: Logger) throws(LedgerError)

  /// Drops the oldest records of all chains. That it can't be done now is no failure.
  func pruneRecords(keep: Duration, signing: CheckpointSigning?, _ logger: Logger) throws(LedgerError)

  /// How many replicas live, this one among them, as the store said when it was last asked.
  var replicas: Int64 { get }

  /// When the store wants `keepUp`, whatever else there is to do.
  var keepUpDue: MonotonicTime { get }

  /// Says that this process is alive, where that was not said by other means.
  func keepUp() throws(LedgerError)
}

/// What is to be read for a batch.
package struct LookAhead {
  package var admissions: [Admission] = []
  /// Of commands that are asked for, settled or found out about.
  package var commandIDs: [String] = []
  /// Of which it is asked whose they are.
  package var conferenceIDs: [String] = []
  /// Of those that have no key and may repeat a command all the same, which another replica may have sent: since when.
  package var unnamed: [(admission: Admission, since: WallTime)] = []

  package init(admissions: [Admission] = [], commandIDs: [String] = []) {
    (self.admissions, self.commandIDs) = (admissions, commandIDs)
  }

  package var isEmpty: Bool { admissions.isEmpty && commandIDs.isEmpty && unnamed.isEmpty && conferenceIDs.isEmpty }
}

/// Whose chain one of several is: what its first record says.
package struct ChainOpening: Sendable, Equatable {
  package let replica: String
  package let writer: Int64

  package init(replica: String, writer: Int64) {
    self.replica = replica
    self.writer = writer
  }
}
