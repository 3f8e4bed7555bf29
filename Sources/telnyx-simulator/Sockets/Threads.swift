import Glibc

/// Starts a thread that ends with `body`.
///
/// 1 MiB of stack is address space, not memory. Less would do.
///
/// - Returns: false when the kernel has no more threads to give.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  let work = Unmanaged.passRetained(ThreadBody(run: body))
  var thread = pthread_t()
  // Room for the attributes rather than a value: whichever C module was read first owns the initializer.
  let outcome = withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) { room in
    guard let attributes = room.baseAddress else { return ENOMEM }
    pthread_attr_init(attributes)
    defer { pthread_attr_destroy(attributes) }
    pthread_attr_setstacksize(attributes, 1 << 20)
    pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
    return pthread_create(
      &thread, attributes,
      { argument in
        if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, work.toOpaque())
  }
  if outcome != 0 { work.release() }
  return outcome == 0
}

/// Holds the calling thread up. A connection has a thread of its own, so nobody else waits.
func pause(milliseconds: Int) {
  guard milliseconds > 0 else { return }
  var wanted = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
  var left = timespec()
  while nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
}

/// What a thread is handed: C passes one pointer, so the closure travels in an object.
private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) { self.run = run }
}
