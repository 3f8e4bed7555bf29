import Audit
import Conference
import EventLoop
import Gateway
import Glibc
import Ledger
import LedgerPostgres
import TestKit
import Testing

/// What may have become another replica's is not sent.
@Suite("The lease under which a replica sends")
struct SendingLeaseTests: ReplicaTests {
  let scene: PostgresScene

  init() throws { scene = try PostgresScene() }

  @Test("may send what they were admitted for as long as they are heard of, and never again once they were not")
  func lease() throws {
    let lease = SendingLease()
    #expect(!lease.covers(lease.number))
    lease.renew(.seconds(10), asked: lease.ask())
    let first = lease.number
    #expect(lease.covers(first))
    lease.renew(.seconds(10), asked: lease.ask())
    #expect(lease.covers(first))
    // So long ago was it asked for: the answer came too late.
    lease.renew(.seconds(10), asked: lease.ask() - 10_000_001)
    #expect(!lease.covers(first))
    lease.renew(.seconds(10), asked: lease.ask())
    #expect(!lease.covers(first))
    #expect(lease.covers(lease.number))
  }

  @Test("send nothing under a lease that was over before the answer was read, though there is a new one by then")
  func leaseOfAnswer() throws {
    let ledger = try open("one", lease: .seconds(1))
    let mailbox = Mailbox()
    let first = ledger.post(admission("a"), mailbox)
    #expect(try mailbox.answer(first).isAdmitted)
    // Longer than it lives nobody can renew it; with a SIGSTOP it is the process that doesn't.
    _ = try scene.connect().run(
      "DO $$ BEGIN PERFORM FROM \(scene.schema).writers FOR UPDATE; PERFORM pg_sleep(2); END $$",
      by: .now + .seconds(30))
    try ledger.waitUntilAdmitted("b")
    let second = ledger.post(admission("c"), mailbox)
    #expect(try mailbox.answer(second).isAdmitted)
    let (old, new) = (try #require(mailbox.lease(of: first)), try #require(mailbox.lease(of: second)))
    #expect(new > old && old > 0)
    #expect(!ledger.mayStillSend(under: old))
  }
}
