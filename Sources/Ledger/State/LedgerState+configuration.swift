internal import Audit
internal import Gateway
internal import JSON

extension LedgerState {
  /// At the start and at each change: puts on the record which rules hold from now on, and what changed since the last time.
  /// With the next transaction, which has a look whether there is space.
  func announce(_ started: StartedConfiguration) {
    conferences.isWanted = started.allowsOtherCalls
    // Where that can't be read now, it is as if there was nothing before.
    let written = (try? store.meta(.configuration)).flatMap(\.self).flatMap { try? JSONValue.parse($0) }
    let last = unwritten.last(where: { $0.started != nil })?.started?.json ?? written
    let time = now.wall
    let text = started.record(organization: options.organization, time: times.text(of: time), since: last)
    keep(AuditRecord(started.effective, unnumbered: text, time: time))
  }

  /// Within the transaction that writes the record.
  func note(_ configuration: EffectiveConfiguration) throws(LedgerError) {
    try store.setMeta(.configuration, configuration.json.text)
  }
}

extension StartedConfiguration {
  private static let mostChanges = 64

  /// With the number 0.
  ///
  /// - Parameter last: the effective configuration of the last such record; nil = there is none.
  fileprivate func record(organization: String, time: [UInt8], since last: JSONValue?) -> [UInt8] {
    var writer = JSONWriter(capacity: 4096, escapesUnseen: true)
    writer.beginObject()
    writer.member("seq", 0)
    writer.key("time")
    writer.value(plain: time)
    writer.member("organization", organization)
    writer.member("decision", AuditEntry.Decision.configuration.rawValue)
    writer.member("version", version)
    writer.key("files")
    writer.beginArray()
    for file in files {
      writer.beginObject()
      writer.member("path", file.path)
      writer.member("sha256", file.digest)
      writer.endObject()
    }
    writer.endArray()
    writer.key("effective")
    writer.value(effective.json)
    if let last { writer.changes(.all(from: last, to: effective.json), most: Self.mostChanges) }
    writer.member("config", effective.revision)
    writer.endObject()
    return writer.bytes
  }
}

extension JSONWriter {
  fileprivate mutating func changes(_ changes: [ConfigurationChange], most: Int) {
    key("changed")
    beginArray()
    for change in changes.prefix(most) {
      beginObject()
      member("pointer", change.pointer)
      if let before = change.before {
        key("before")
        value(before)
      }
      if let after = change.after {
        key("after")
        value(after)
      }
      endObject()
    }
    endArray()
    member("changed_count", changes.count)
  }
}
