internal import CZlib

/// Decodes a body in gzip's format, piece by piece, all of its members (RFC 1952, section 2.2). libcurl decodes the first alone,
/// and what is said in the others would be lost without a word. What follows the last member and is none is passed over, as
/// gzip(1) does.
///
/// A class, since zlib keeps a pointer to its own state's place.
final class GzipDecoder {
  private enum State {
    case inFirst, inLater, between, over
  }

  private let stream: UnsafeMutablePointer<z_stream>
  private var state = State.inFirst

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard convene_gunzip_begin(stream) == Z_OK else { fatalError("zlib has no memory for a stream") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// - Parameter take: is given what was decoded; false ends it.
  /// - Returns: false where the bytes are not what they should be, or `take` has said so.
  func decode(_ piece: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    // zlib doesn't write there.
    stream.pointee.next_in = UnsafeMutableRawPointer(mutating: piece.baseAddress)?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(piece.count)
    return withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { room in
      while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0 {
        if state == .between { begin() }
        guard state != .over else { break }
        stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room.count)
        let code = inflate(stream, Z_NO_FLUSH)
        let count = room.count - Int(stream.pointee.avail_out)
        if count > 0, !take(UnsafeRawBufferPointer(rebasing: room[..<count])) { return false }
        switch code {
        case Z_OK: break
        case Z_STREAM_END:
          state = .between
          stream.pointee.avail_out = UInt32(room.count)
        // There is nothing more to do before the next piece.
        case Z_BUF_ERROR: return true
        default:
          guard state == .inLater else { return false }
          state = .over
        }
      }
      return true
    }
  }

  private func begin() {
    state = stream.pointee.next_in?.pointee == 0x1F && inflateReset(stream) == Z_OK ? .inLater : .over
  }
}
