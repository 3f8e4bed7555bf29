internal import EventLoop
package import Gateway
internal import Glibc
internal import Synchronization

/// Looks up the addresses of Telnyx's host, for all workers: one look-up at a time, on a thread of its own.
///
/// libcurl would start a thread for each attempt that needs them. While a name server is silent these would be as many as
/// there are attempts, each for as long as glibc goes on asking, which nothing can end.
package final class HostResolver: Sendable {
  package typealias Answer = Result<HostAddresses, TransportFailure>

  private struct State {
    var isLookingUp = false
    var waiting: [Mailbox<Answer>] = []
  }

  /// In lower case; empty where it is an address or `localhost`, which libcurl needs no look-up for.
  private let name: String
  private let port: String
  /// After so long, addresses are looked up anew when they are needed.
  let lifetime: Duration
  private let find: @Sendable (_ name: String) -> Result<[String], TransportFailure>
  private let state = Mutex(State())

  /// - Parameters:
  ///   - url: of the upstream, or of the proxy on the way there.
  ///   - find: gives the addresses of a name; may block. Called on the look-up's thread.
  package init(
    url: String, lifetime: Duration = .seconds(60),
    find: @escaping @Sendable (_ name: String) -> Result<[String], TransportFailure> = HostResolver.addresses
  ) {
    let (host, port) = ParsedURL(url).hostAndPort
    name = Self.isName(host) ? host.lowercased() : ""
    self.port = port
    self.lifetime = lifetime
    self.find = find
  }

  /// False where there is nothing to look up.
  package var isNeeded: Bool { !name.isEmpty }

  /// The answer goes to the mailbox, from another thread: that of the look-up which is under way, or of a new one.
  func lookUp(for mailbox: Mailbox<Answer>) {
    let begins = state.withLock { state in
      state.waiting.append(mailbox)
      defer { state.isLookingUp = true }
      return !state.isLookingUp
    }
    guard begins else { return }
    do throws(SystemError) {
      // Nobody waits for its end, also not the process's.
      try OwnedThread.detach(name: "resolver") { [self] in tell(find(name).map(addresses)) }
    } catch {
      tell(.failure(TransportFailure(name: "resolve", detail: "no thread to look up the name: \(error)")))
    }
  }

  private func tell(_ answer: Answer) {
    let waiting = state.withLock { state in
      let waiting = state.waiting
      state = State()
      return waiting
    }
    for mailbox in waiting { mailbox.post(answer) }
  }

  private func addresses(_ found: [String]) -> HostAddresses {
    HostAddresses(line: "\(name):\(port):\(found.joined(separator: ","))", found: .now)
  }

  private static func isName(_ host: String) -> Bool {
    var v4 = in_addr()
    let bytes = host.lowercased().utf8
    return !bytes.isEmpty && bytes.first != UInt8(ascii: "[") && inet_pton(AF_INET, host, &v4) != 1
      && !bytes.elementsEqual("localhost".utf8) && !bytes.reversed().starts(with: ".localhost".utf8.reversed())
  }

  /// Asks the system (getaddrinfo(3)), in its order of preference. Addresses with a scope (`fe80::1%eth0`), which libcurl
  /// would not take, are left out.
  package static func addresses(of name: String) -> Result<[String], TransportFailure> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    let error = getaddrinfo(name, nil, &hints, &first)
    guard error == 0 else {
      return .failure(TransportFailure(name: "resolve", detail: String(cString: gai_strerror(error))))
    }
    defer { freeaddrinfo(first) }
    var found: [String] = []
    var next = first
    while let entry = next?.pointee {
      next = entry.ai_next
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      guard
        getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
      else { continue }
      let address = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      if !address.utf8.contains(UInt8(ascii: "%")) { found.append(address) }
    }
    guard !found.isEmpty else {
      return .failure(TransportFailure(name: "resolve", detail: "the name has no address that can be used"))
    }
    return .success(found)
  }
}

/// Where Telnyx's host was found to be.
package struct HostAddresses: Sendable {
  /// For `CURLOPT_RESOLVE`: `HOST:PORT:ADDRESS,ADDRESS`.
  let line: String
  let found: MonotonicTime
}
