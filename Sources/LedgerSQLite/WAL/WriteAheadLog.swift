internal import Glibc

/// What a write-ahead log has in it, read without SQLite, which would take it for the log of the file beside it
/// (sqlite.org/fileformat2.html, "The Write-Ahead Log").
struct WriteAheadLog {
  private static let headerSize = 32
  private static let frameHeaderSize = 24

  let salts: LogSalts
  private let file: Int32
  private let header: [UInt8]

  /// - Parameter file: open for reading, for as long as this is used.
  /// - Returns: nil where SQLite would find nothing in it.
  init?(of file: Int32) {
    guard let header = Self.header(of: file) else { return nil }
    self.file = file
    self.header = header
    salts = Self.salts(in: header)
  }

  /// Of a log that may be empty, or begin with what is no header.
  static func salts(of file: Int32) -> LogSalts? { header(of: file).map(salts) }

  /// Whether there is a transaction as a whole. Without one SQLite begins it anew.
  var hasTransaction: Bool { frames().contains { $0.isCommit } }

  /// The marks of all transactions that are whole, in their order. Read as they are asked for: nearly always the first will do.
  func marks() -> some Sequence<FoundMark> { Marks(frames: frames()) }

  private func frames() -> Frames { Frames(file, header) }

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

  private static func bytes(of file: Int32, at offset: Int, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return pread(file, &bytes, count, off_t(offset)) == count ? bytes : nil
  }

  private static func number(in bytes: [UInt8], at offset: Int) -> UInt32 {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Those that continue the log, up to the first that doesn't.
  private struct Frames: Sequence, IteratorProtocol {
    private let file: Int32
    private let header: [UInt8]
    private let size: Int
    private var offset = WriteAheadLog.headerSize
    private var sum: Checksum

    init(_ file: Int32, _ header: [UInt8]) {
      (self.file, self.header) = (file, header)
      size = WriteAheadLog.frameHeaderSize + pageSize(header)
      sum = Checksum(isBigEndian: header[3] & 1 == 1)
      sum.add(header[..<24])
    }

    mutating func next() -> Frame? {
      guard let bytes = WriteAheadLog.bytes(of: file, at: offset, size) else { return nil }
      offset += size
      sum.add(bytes[..<8])
      sum.add(bytes[frameHeaderSize...])
      let frame = Frame(bytes: bytes)
      let continues = frame.page > 0 && bytes[8..<16] == header[16..<24] && sum.isEqual(toNumbersAt: 16, of: bytes)
      return continues ? frame : nil
    }
  }

  private struct Frame {
    let bytes: [UInt8]
    /// The number of the page in it.
    var page: UInt32 { number(in: bytes, at: 0) }
    /// The last one of a transaction has the size of the database after it.
    var isCommit: Bool { number(in: bytes, at: 4) > 0 }

    /// Where the page is the table's that has marks: a leaf with a single row of an id and a text
    /// (sqlite.org/fileformat2.html, "B-tree Pages" and "Record Format"; each number in it is small, so of one byte).
    var mark: LogMark? {
      let page = bytes[WriteAheadLog.frameHeaderSize...]
      guard page.first == 0x0D, byte(3) == 0, byte(4) == 1 else { return nil }
      let cell = byte(8) << 8 | byte(9)
      let (length, row, header) = (byte(cell), byte(cell + 1), byte(cell + 2))
      guard length < 0x80, row < 0x80, header < length else { return nil }
      let record = page.dropFirst(cell + 2).prefix(length)
      return LogMark(text: String(decoding: record.dropFirst(header), as: UTF8.self))
    }

    /// Of the page; 0 beyond it.
    private func byte(_ offset: Int) -> Int {
      let place = WriteAheadLog.frameHeaderSize + offset
      return place < bytes.count ? Int(bytes[place]) : 0
    }
  }

  struct FoundMark {
    let mark: LogMark
    let page: UInt32
  }

  private struct Marks: Sequence, IteratorProtocol {
    var frames: Frames

    mutating func next() -> FoundMark? {
      // A transaction writes a page once, or as often as it doesn't fit the page cache: the last one counts.
      var found: FoundMark?
      while let frame = frames.next() {
        if let mark = frame.mark { found = FoundMark(mark: mark, page: frame.page) }
        if frame.isCommit, let found { return found }
      }
      return nil
    }
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
