/// A place in the web below which audio may lie: scheme, host, perhaps a port, and the beginning of a path.
///
/// It ends at a path boundary: `/hold` allows `/hold`, `/hold/x` and `/hold?x`, not `/holdx`; `/hold/` allows what is
/// below; without a path the whole host is allowed.
///
/// A class: a URL is held against all prefixes of a rule, and none is copied for it.
package final class URLPrefix: Sendable, Equatable {
  package let text: String
  private let url: AudioURL

  /// - Throws: `URLSyntaxError` where the text is no URL of the strict grammar, or has a `?` or `*`.
  package init(_ text: String) throws(URLSyntaxError) {
    url = try AudioURL(text)
    self.text = text
    // Both are legal in a URL, but whoever writes them here means something that a prefix is not.
    if let offset = Array(text.utf8).firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "*") }) {
      throw URLSyntaxError(message: "a prefix has no ? and no *: all that is below it is allowed", offset: offset)
    }
  }

  package func allows(_ other: AudioURL) -> Bool {
    guard url.scheme == other.scheme, url.host == other.host, url.port == other.port else { return false }
    guard other.path.starts(with: url.path) else { return false }
    let slash = UInt8(ascii: "/")
    let rest = other.path.dropFirst(url.path.count)
    return url.path.last == slash || rest.isEmpty || rest.first == slash
  }

  /// Whether all that the other one allows is allowed here too.
  func covers(_ other: URLPrefix) -> Bool { allows(other.url) }

  package static func == (left: URLPrefix, right: URLPrefix) -> Bool {
    left.text == right.text && left.url == right.url
  }
}
