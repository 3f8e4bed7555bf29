internal import Listener
internal import Logging

/// Looks from time to time whether what the process needs is near its bound, and tells of it when that begins, when it becomes
/// worse, and when it is over. Off the request path: what is read here are a few small files of the kernel's.
struct ResourceWatch {
  /// Ticks between two looks at what changes slowly.
  private static let pause = 5

  private let connections: ConnectionLimit
  private let mostConnections: Int
  private let ledger: String?
  private let log: Logger
  private var wait = 0

  private var ofConnections = NearBound()
  private var ofDescriptors = NearBound()
  private var ofMemory = NearBound()
  private var ofDisk = NearBound()

  /// - Parameters:
  ///   - mostConnections: of callers, that are kept.
  ///   - ledger: where it lies; nil = in memory.
  init(_ connections: ConnectionLimit, most mostConnections: Int, ledger: String?, log: Logger) {
    self.connections = connections
    self.mostConnections = mostConnections
    self.ledger = ledger
    self.log = log
  }

  /// Called about once a second.
  mutating func tick() {
    let count = connections.count
    tell(
      ofConnections.note(used: count, of: mostConnections), "callers' connections are", used: count,
      of: mostConnections)
    guard wait == 0 else { return wait -= 1 }
    wait = Self.pause - 1
    if let count = OpenDescriptors.count {
      let bound = OpenDescriptors.bound
      tell(ofDescriptors.note(used: count, of: bound), "open descriptors are", used: count, of: bound)
    }
    if let memory = CgroupMemory.read() {
      tell(ofMemory.note(used: memory.used, of: memory.bound), "memory is", used: memory.used, of: memory.bound)
    }
    if let ledger, let disk = DiskSpace(around: ledger) { tell(disk, at: ledger) }
  }

  private func tell(_ news: NearBound.News?, _ subject: String, used: Int, of bound: Int) {
    let metadata: Logger.Metadata = ["used": .stringConvertible(used), "bound": .stringConvertible(bound)]
    switch news {
    case nil: break
    case .scarce(.near): log.warning("\(subject) near the bound", metadata: metadata)
    case .scarce(.nearlyUsedUp): log.error("\(subject) nearly used up", metadata: metadata)
    case .plenty: log.notice("\(subject) far from the bound again", metadata: metadata)
    }
  }

  private mutating func tell(_ disk: DiskSpace, at ledger: String) {
    let metadata: Logger.Metadata = ["free": .stringConvertible(disk.free), "path": "\(ledger)"]
    switch ofDisk.note(disk.scarcity, isPlenty: disk.isPlenty) {
    case nil: break
    case .scarce(.near): log.warning("the ledger's disk is nearly full", metadata: metadata)
    case .scarce(.nearlyUsedUp): log.error("the ledger's disk has hardly any space", metadata: metadata)
    case .plenty: log.notice("the ledger's disk has space again", metadata: metadata)
    }
  }
}
