internal import EventLoop
internal import Gateway
internal import JSON
internal import Logging

/// One JSON object a line on standard error: `time`, `level`, `message`, then the metadata. Who logs doesn't wait until it is
/// there, see `LogWriter`.
struct JSONLogHandler: LogHandler {
  /// Of all loggers that were not told otherwise.
  let threshold: LogThreshold
  var metadata: Logger.Metadata = [:]
  private var ownLevel: Logger.Level?

  init(threshold: LogThreshold) { self.threshold = threshold }

  var logLevel: Logger.Level {
    get { ownLevel ?? threshold.level }
    set { ownLevel = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let metadata = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
    LogWriter.standardError.write(Self.line(event.level, event.message.description, metadata))
  }

  /// What is said of lines that were dropped.
  static func line(ofDropped count: Int) -> [UInt8] {
    line(.warning, "\(count) log lines were dropped", ["count": .stringConvertible(count)])
  }

  private static let own: Set<String> = ["time", "level", "message"]

  private static func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> [UInt8] {
    var writer = JSONWriter(escapesUnseen: true)
    writer.beginObject()
    writer.member("time", WallTime.now.rfc3339)
    writer.member("level", level.rawValue)
    writer.member("message", message)
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      // Two members of one name would make it a line that no strict reader takes.
      writer.key(named: own.contains(key) ? "\(key)_" : key)
      write(value, to: &writer)
    }
    writer.endObject()
    return writer.bytes + [UInt8(ascii: "\n")]
  }

  private static func write(_ value: Logger.MetadataValue, to writer: inout JSONWriter) {
    switch value {
    case .string(let string): writer.value(string)
    case .stringConvertible(let value as Int): writer.value(value)
    case .stringConvertible(let value as LoggedJSON): writer.value(value.value)
    case .stringConvertible(let value): writer.value(value.description)
    case .array(let values):
      writer.beginArray()
      for value in values { write(value, to: &writer) }
      writer.endArray()
    case .dictionary(let dictionary):
      writer.beginObject()
      for (key, value) in dictionary.sorted(by: { $0.key < $1.key }) {
        writer.key(named: key)
        write(value, to: &writer)
      }
      writer.endObject()
    }
  }
}
