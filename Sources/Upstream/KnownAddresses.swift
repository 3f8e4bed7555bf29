internal import CCurl
internal import EventLoop
internal import Gateway

/// One worker's copy of the addresses of Telnyx's host. Belongs to its thread.
///
/// Once they were found, attempts never wait for a look-up again: addresses that are old are used while new ones are looked
/// up, and for as long as no name server answers. That they still are Telnyx's, its certificate shows.
final class KnownAddresses {
  /// From a look-up that has failed to the next one, where older addresses are known.
  private static let pause: Duration = .seconds(5)

  /// One for each time that they were found; libcurl's list, in which they are its only entry.
  final class Entry {
    let list: UnsafeMutablePointer<curl_slist>?

    init(_ addresses: HostAddresses) { list = curl_slist_append(nil, addresses.line) }

    deinit { curl_slist_free_all(list) }
  }

  /// nil where there is nothing to look up, or nothing was found yet.
  private(set) var entry: Entry?

  /// Called after each look-up, with the failure of one that has found nothing. Set it before the first.
  var whenAnswered: ((TransportFailure?) -> Void)?

  private let resolver: HostResolver
  private let mailbox: Mailbox<HostResolver.Answer>?
  private let loop: EventLoop
  private var isLookingUp = false
  private var nextLookUp = MonotonicTime(nanoseconds: .min)

  init(_ resolver: HostResolver, loop: EventLoop) throws(SystemError) {
    self.resolver = resolver
    self.loop = loop
    mailbox = resolver.isNeeded ? try Mailbox() : nil
    try mailbox?.attach(to: loop) { [weak self] answers in for answer in answers { self?.take(answer) } }
  }

  func close() { mailbox?.detach(from: loop) }

  /// No attempt can be made before a look-up has ended well.
  var areMissing: Bool { entry == nil && mailbox != nil }

  /// Begins a look-up where it is time for one.
  func refresh() {
    guard let mailbox, !isLookingUp, areMissing || loop.now >= nextLookUp else { return }
    isLookingUp = true
    resolver.lookUp(for: mailbox)
  }

  private func take(_ answer: HostResolver.Answer) {
    isLookingUp = false
    switch answer {
    case .success(let addresses):
      entry = Entry(addresses)
      nextLookUp = addresses.found + resolver.lifetime
      whenAnswered?(nil)
    case .failure(let failure):
      nextLookUp = loop.now + Self.pause
      whenAnswered?(failure)
    }
  }
}
