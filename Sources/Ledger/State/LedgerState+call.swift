internal import Audit
internal import Conference
internal import EventLoop
internal import Gateway

/// Whether it is remembered whose conferences are. Only where some team may make other calls than creates: each create costs a
/// page for it.
struct ConferenceMemory {
  /// What the configuration says.
  var isWanted = false
  /// In the open transaction, and as it was when that began.
  var isOn = false
  private var wasOn = false
  /// The last one that pruning has looked at.
  var looked: String?

  mutating func commit() { wasOn = isOn }
  mutating func rollBack() { isOn = wasOn }
}

/// Telnyx's other calls, as the ledger sees them: whose conference it is, whether the limits allow it, and that it was made.
extension LedgerState {
  /// A conference ends four hours after it was made, whatever its create said. The rest is for the clocks.
  static let longestConference: Duration = .seconds(5 * 3600)

  /// Begins to remember, or leaves it, where the configuration has changed. Within a transaction.
  func remember() throws(LedgerError) {
    guard conferences.isWanted != conferences.isOn else { return }
    if conferences.isWanted { try store.recallConferences(settledSince: now.wall - Self.longestConference) }
    store.remembersConferences = conferences.isWanted
    conferences.isOn = conferences.isWanted
  }

  func pruneConferences(at moment: DualClockInstant) throws(LedgerError) {
    conferences.looked = try store.forgetConferences(
      settledBefore: moment.wall - Self.longestConference, behind: conferences.looked,
      limit: Int64(max(64, 2 * batchSize)))
  }

  /// May this call be passed on?
  func pass(_ call: CallAdmission, _ address: AnswerAddress) throws(LedgerError) {
    if let unavailability = call.unavailability { return try refuse(unavailability, call, address) }
    guard isWriting, try store.hasRoom(for: WALEstimate.upkeep) else {
      return try refuse(.ledgerUnavailable, call, address)
    }
    let owner = try call.conferenceID.flatMap { (id) throws(LedgerError) in try store.owners(of: [id])[0] }
    guard call.mayBeAbout(owner) else { return try refuse(.noSuchConference, call, address) }
    let (statuses, refusing) = try charge(call)
    if let refusing { return try refuse(.limited(refusing), call, address, decision: .limited, statuses) }
    let note = call.call.isRead ? 0 : try noteCall(call)
    outbox.append(.passed(owner?.token, note: note, statuses), to: address)
  }

  private func charge(_ call: CallAdmission) throws(LedgerError) -> (statuses: [LimitStatus], refusing: LimitStatus?) {
    guard let charge = call.charge else { return ([], nil) }
    guard let shared else {
      return try limits?.charge(charge.limits, now: limitClock.nanoseconds(at: now)) ?? ([], nil)
    }
    let (statuses, refusing) = try shared.limits(for: charge)
    if refusing == nil { shared.keepCharge(of: charge) }
    return (statuses, refusing)
  }

  /// Notes that it is made, before it is: where this process dies before it can tell what came of it, the note is what goes on the
  /// record, as with what a flood's counts were.
  private func noteCall(_ call: CallAdmission) throws(LedgerError) -> Int64 {
    var record = AuditRecord(entry: call.audit.entry, time: now.wall)
    record.entry.decision = .passed
    record.entry.outcome = .unknown
    flood.lastNote += 1
    try store.setFloodNote(flood.lastNote, record.text(seq: 0, &times))
    return flood.lastNote
  }

  /// - Parameter note: of the call; 0 = it has none.
  func close(_ entry: AuditEntry, note: Int64, _ address: AnswerAddress) throws(LedgerError) {
    var record = AuditRecord(entry: entry, time: now.wall)
    if note > 0 { record.note = note }
    try append(&record)
    outbox.append(.recorded, to: address)
  }

  /// A call whose note may be durable, and whose caller is told no.
  func keepUnavailable(_ audit: AuditedRequest, note: Int64) {
    guard note > 0 else { return noteUnavailable(audit) }
    var record = AuditRecord(entry: audit.entry, time: now.wall)
    record.entry.note(.ledgerUnavailable)
    record.note = note
    keep(record)
  }

  func sift(_ question: ConferenceQuestion, _ address: AnswerAddress) throws(LedgerError) {
    let owners = try store.owners(of: question.conferenceIDs)
    let visible = zip(question.conferenceIDs, owners).filter { $1.isWithin(question.scope, of: question.team) }
    outbox.append(.visible(visible.map(\.0)), to: address)
  }

  private func refuse(
    _ refusal: Refusal, _ call: CallAdmission, _ address: AnswerAddress, decision: AuditEntry.Decision = .refused,
    _ statuses: [LimitStatus] = []
  ) throws(LedgerError) {
    try append(call.audit.entry, decision, refusal)
    outbox.append(.refused(refusal, statuses), to: address)
  }
}

extension Refusal {
  /// The same whether there is none, or it is somebody else's.
  static let noSuchConference = Refusal(
    .notFound,
    faults: [
      Fault(
        .notFound, "there is no conference with this id that your team may speak of; a name is not taken for an id",
        rule: "calls.scope")
    ])
}
