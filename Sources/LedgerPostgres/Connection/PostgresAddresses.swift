internal import EventLoop
internal import Glibc
internal import Synchronization

/// Addresses of a host by a deadline. getaddrinfo(3) can't be stopped and goes on for as long as a name server is silent, so
/// that it runs on a thread of its own, which ends by itself some time later; its answer is not waited for beyond the deadline.
enum PostgresAddresses {
  private final class Answer: Sendable {
    let addresses = Mutex<Result<[String], PostgresError>?>(nil)
  }

  /// - Returns: nil in the place of an address for a Unix socket.
  static func find(_ name: String, by deadline: MonotonicTime) throws(PostgresError) -> [String?] {
    if name.hasPrefix("/") { return [nil] }
    if case .success(let literal) = lookUp(name, flags: AI_NUMERICHOST) { return literal.map { $0 } }
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw PostgresError(.unreachable, "socketpair: error \(errno)")
    }
    let (read, write) = (ends[0], ends[1])
    defer { close(read) }
    let answer = Answer()
    do throws(SystemError) {
      try OwnedThread.detach(name: "pg-resolver") {
        let found = lookUp(name, flags: 0)
        answer.addresses.withLock { $0 = found }
        // The other end sees it.
        close(write)
      }
    } catch {
      close(write)
      throw PostgresError(.unreachable, "no thread to look up \(name): \(error)")
    }
    guard SocketWait.wait(read, POLLIN, by: deadline), let found = answer.addresses.withLock({ $0 }) else {
      throw PostgresError(.timeout, "no answer from a name server for \(name)")
    }
    return try found.get().map { $0 }
  }

  private static func lookUp(_ name: String, flags: Int32) -> Result<[String], PostgresError> {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = flags
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(name, nil, &hints, &list)
    guard code == 0 else {
      return .failure(PostgresError(.unreachable, "\(name): \(String(cString: gai_strerror(code)))"))
    }
    defer { freeaddrinfo(list) }
    var (addresses, next): ([String], UnsafeMutablePointer<addrinfo>?) = ([], list)
    while let entry = next {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
      {
        addresses.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
      next = entry.pointee.ai_next
    }
    return .success(addresses)
  }
}

/// poll(2) until an absolute time.
enum SocketWait {
  /// - Returns: false when the time has come first.
  static func wait(_ descriptor: Int32, _ events: Int32, by deadline: MonotonicTime) -> Bool {
    while true {
      let left = (deadline - .now).nanoseconds
      var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      // Rounded up, so that it isn't asked again and again during the last millisecond.
      let milliseconds = Int32(clamping: max(0, (left + 999_999) / 1_000_000))
      let count = poll(&entry, 1, milliseconds)
      if count > 0 { return true }
      if count < 0, errno != EINTR { return true }
      if left <= 0 { return false }
    }
  }
}
