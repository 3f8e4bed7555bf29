internal import Glibc

/// What a write-ahead log has in it, read without SQLite, which would take it for the log of the file beside it
/// (sqlite.org/fileformat2.html, "The Write-Ahead Log").
struct WriteAheadLog {
  private static let headerSize = 32
  private static let frameHeaderSize = 24

  let salts: LogSalts
  /// Whether there is a transaction as a whole. Without one SQLite begins it anew.
  var hasTransaction: Bool { isCommitted }

  private let header: [UInt8]
  private let first: [[UInt8]]
  private let isCommitted: Bool

  /// - Parameter file: open for reading.
  /// - Returns: nil where SQLite would find nothing in it.
  init?(of file: Int32) {
    guard let header = Self.header(of: file) else { return nil }
    self.header = header
    salts = Self.salts(in: header)
    (first, isCommitted) = Self.firstTransaction(of: file, header)
  }

  /// Of a log that may be empty, or begin with what is no header.
  static func salts(of file: Int32) -> LogSalts? { header(of: file).map(salts) }

  /// Whether a text that lies in one page was written by the first transaction.
  func isInFirstTransaction(_ text: [UInt8]) -> Bool {
    isCommitted && first.contains { $0.firstRange(of: text) != nil }
  }

  private static func salts(in header: [UInt8]) -> LogSalts {
    LogSalts(UInt64(number(in: header, at: 16)) << 32 | UInt64(number(in: header, at: 20)))
  }

  private static func header(of file: Int32) -> [UInt8]? {
    guard let header = bytes(of: file, at: 0, headerSize), number(in: header, at: 0) & ~1 == 0x377f_0682,
      case let page = pageSize(header), (512...65_536).contains(page), page & (page - 1) == 0
    else { return nil }
    var sum = Checksum(isBigEndian: header[3] & 1 == 1)
    sum.add(header[..<24])
    return sum.isEqual(toNumbersAt: 24, of: header) ? header : nil
  }

  private static func pageSize(_ header: [UInt8]) -> Int { Int(number(in: header, at: 8)) }

  /// Its pages, of the first ones only, where they are very many: what is looked for is in a small one.
  private static func firstTransaction(of file: Int32, _ header: [UInt8]) -> (pages: [[UInt8]], isWhole: Bool) {
    var sum = Checksum(isBigEndian: header[3] & 1 == 1)
    sum.add(header[..<24])
    let size = frameHeaderSize + pageSize(header)
    var pages: [[UInt8]] = []
    var offset = headerSize
    while let frame = bytes(of: file, at: offset, size) {
      sum.add(frame[..<8])
      sum.add(frame[frameHeaderSize...])
      guard number(in: frame, at: 0) > 0, frame[8..<16] == header[16..<24], sum.isEqual(toNumbersAt: 16, of: frame)
      else {
        break
      }
      if pages.count < 256 { pages.append(frame) }
      // The size of the database after a commit.
      if number(in: frame, at: 4) > 0 { return (pages, true) }
      offset += size
    }
    return ([], false)
  }

  private static func bytes(of file: Int32, at offset: Int, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return pread(file, &bytes, count, off_t(offset)) == count ? bytes : nil
  }

  private static func number(in bytes: [UInt8], at offset: Int) -> UInt32 {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// "Checksum Algorithm" there.
  private struct Checksum {
    let isBigEndian: Bool
    private var sums: (UInt32, UInt32) = (0, 0)

    init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

    /// - Parameter bytes: a multiple of eight.
    mutating func add(_ bytes: ArraySlice<UInt8>) {
      bytes.withUnsafeBytes { bytes in
        for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
          sums.0 &+= number(bytes, offset) &+ sums.1
          sums.1 &+= number(bytes, offset + 4) &+ sums.0
        }
      }
    }

    private func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
      let number = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      return isBigEndian ? UInt32(bigEndian: number) : UInt32(littleEndian: number)
    }

    func isEqual(toNumbersAt offset: Int, of bytes: [UInt8]) -> Bool {
      sums == (WriteAheadLog.number(in: bytes, at: offset), WriteAheadLog.number(in: bytes, at: offset + 4))
    }
  }
}
