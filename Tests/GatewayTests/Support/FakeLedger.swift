import Gateway
import Synchronization
import Testing

/// A ledger that remembers what it was asked, and answers when the test does so for it.
final class FakeLedger: CommandLedger {
  private let requests = Mutex<[AddressedLedgerRequest]>([])

  let unavailability: LedgerUnavailability? = nil
  /// Leases that have ended.
  let endedLeases = Mutex<Set<UInt64>>([])
  let lease: UInt64 = 7

  func mayStillSend(under lease: UInt64) -> Bool { endedLeases.withLock { !$0.contains(lease) } }

  let pseudonymKey = [UInt8](repeating: 0x5A, count: 32)

  func submit(_ requests: [AddressedLedgerRequest], to recipient: any LedgerAnswerReceiving) {
    self.requests.withLock { $0 += requests }
  }

  /// What it was asked since the last time, in a few words each.
  func heard() -> [String] { takeAll().map(\.request.summary) }

  /// The one thing that it was asked since the last time.
  func takeOne() throws -> AddressedLedgerRequest {
    let requests = takeAll()
    try #require(requests.count == 1, "\(requests.map(\.request.summary))")
    return requests[0]
  }

  /// All that it was asked since the last time.
  func takeAll() -> [AddressedLedgerRequest] {
    requests.withLock { requests in
      defer { requests = [] }
      return requests
    }
  }
}

/// Nobody reads it: the test gives answers to the pipeline itself.
final class UnusedMailbox: LedgerAnswerReceiving {
  func receive(_ answers: [AddressedLedgerAnswer]) {}
}
