internal import CLinux

/// A thread of the operating system that runs one function from its start to its end.
///
/// For what owns something for the whole life of the process (a loop, a database connection) and so must not share the
/// pool of Swift's tasks. Signals stay with the threads that were there before: all but the synchronous ones are blocked
/// here, so that a write to a closed pipe is an error, not the end of the process.
package final class OwnedThread: Sendable {
  private let thread: pthread_t

  /// - Parameter name: what `top -H` and a debugger show; Linux keeps 15 bytes of it.
  package init(name: String, _ body: @escaping @Sendable () -> Void) {
    do throws(SystemError) {
      thread = try Self.start(name: name, body)
    } catch {
      preconditionFailure("no thread for \(name): \(error)")
    }
  }

  /// Starts a thread that nobody joins: the process may end before it does.
  package static func detach(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    pthread_detach(try start(name: name, body))
  }

  private static func start(
    name: String, _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) -> pthread_t {
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var mask = sigset_t()
    sigfillset(&mask)
    for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&mask, signal) }
    var before = sigset_t()
    pthread_sigmask(SIG_SETMASK, &mask, &before)
    var thread = pthread_t()
    let error = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        pthread_setname_np(pthread_self(), String(decoding: start.name.utf8.prefix(15), as: UTF8.self))
        start.body()
        return nil
      }, start.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard error == 0 else {
      start.release()
      throw SystemError("pthread_create", code: error)
    }
    return thread
  }

  /// Waits until the function has returned. Once, and never from the thread itself.
  package func join() { pthread_join(thread, nil) }
}

/// What a new thread is told.
private final class Start: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}
