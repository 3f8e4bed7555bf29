import EventLoop
import Glibc
import Testing

/// A pipe that becomes readable on demand.
final class Probe {
  final class Handler: ReadinessHandling {
    private let action: () -> Void

    init(_ action: @escaping () -> Void) { self.action = action }

    func ready(_ descriptor: Int32, _ readiness: Readiness) { action() }
  }

  let reader: Int32
  private var writers: [Int32] = []

  init() throws {
    let (reader, writer) = try Self.open()
    self.reader = reader
    writers = [writer]
  }

  deinit { for descriptor in writers + [reader] { close(descriptor) } }

  func ring() {
    var byte: UInt8 = 1
    #expect(write(writers[0], &byte, 1) == 1)
  }

  /// Closes the reader and puts another, silent pipe's in its place, as the next `open` would.
  func reopen() throws {
    let (other, writer) = try Self.open()
    writers.append(writer)
    try #require(dup2(other, reader) == reader)
    close(other)
  }

  private static func open() throws -> (Int32, Int32) {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    return (ends[0], ends[1])
  }
}
