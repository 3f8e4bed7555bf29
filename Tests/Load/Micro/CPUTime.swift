import Glibc

/// What an operation takes of the processor: time of this thread, so that whoever else runs counts as little as possible.
enum CPUTime {
  private static let rounds = 9
  /// Of a round, at least: a thousand times what the clock can tell, and short enough that some rounds are undisturbed.
  private static let shortest: Int64 = 20_000_000

  /// Nanoseconds: the median of the rounds.
  static func nanoseconds(of operation: Operation) throws -> Double {
    var times = 1024
    while try nanoseconds(of: operation, times) < shortest { times *= 2 }
    let measured = try (0..<rounds).map { _ in Double(try nanoseconds(of: operation, times)) / Double(times) }
    return measured.sorted()[rounds / 2]
  }

  private static func nanoseconds(of operation: Operation, _ times: Int) throws -> Int64 {
    let start = now
    try operation.repeated(times)
    return now - start
  }

  private static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
