internal import Crypto

/// A configuration file's text, on its way to YAML.
enum SourceText {
  /// Bytes. A configuration is a page or two; a larger file is the wrong file.
  static let limit = 1 << 20

  /// The text, or nil where there is none, which is reported.
  ///
  /// - Returns: with the SHA-256 of the file's bytes, in hex.
  static func read(_ file: String, diagnostics: Diagnostics) -> (text: String, digest: String)? {
    diagnostics.begin(file)
    do {
      let bytes = try FileContents.read(file, limit: limit)
      return decode(bytes, of: file, diagnostics: diagnostics).map { ($0, Digest.sha256(bytes).hex) }
    } catch {
      diagnostics.report(file, .start, "the file \(error.message)")
    }
    return nil
  }

  /// The text of a file's bytes, or nil where they are none, which is reported.
  static func decode(_ bytes: [UInt8], of file: String, diagnostics: Diagnostics) -> String? {
    // A byte order mark says nothing in UTF-8, and libyaml takes it for content once it is told the encoding.
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    if let text = String(validating: bytes[start...], as: UTF8.self) { return text }
    diagnostics.report(file, position(ofInvalidByteIn: bytes), "the file is not UTF-8")
    return nil
  }

  private static func position(ofInvalidByteIn bytes: [UInt8]) -> Position {
    var decoder = UTF8()
    var rest = bytes.makeIterator()
    var (line, column) = (1, 1)
    while case .scalarValue(let scalar) = decoder.decode(&rest) {
      (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
    }
    return Position(line: line, column: column)
  }
}
