internal import EventLoop
internal import JSON
internal import Logging

/// One JSON object a line on standard error: `time`, `level`, `message`, then the metadata.
struct JSONLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("time", WallTime.now.rfc3339)
    writer.member("level", event.level.rawValue)
    writer.member("message", event.message.description)
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }
    ) {
      writer.key(named: key)
      write(value, to: &writer)
    }
    writer.endObject()
    // One write a line: lines of several threads don't mix.
    StandardStream.error.write(writer.bytes + [UInt8(ascii: "\n")])
  }

  private func write(_ value: Logger.MetadataValue, to writer: inout JSONWriter) {
    switch value {
    case .string(let string): writer.value(string)
    case .stringConvertible(let value as Int): writer.value(value)
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
