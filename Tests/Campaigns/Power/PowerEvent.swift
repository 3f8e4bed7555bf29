import TestKit

/// One thing that a gateway did which a power cut may follow.
enum PowerEvent: Sendable {
  /// Another process began.
  case started
  /// To a file of its directory, or to the directory itself.
  case disk(DiskChange)
  /// A create left for Telnyx, which may have executed it from then on.
  case sent(commandID: String)
  /// A caller has heard this.
  case answered(WireReply)
  /// Whoever reads standard output has got these bytes.
  case streamed([UInt8])
}

/// What a process did to the files of one directory, each by its name there.
enum DiskChange: Sendable {
  case create(String)
  case write(String, offset: Int, bytes: [UInt8])
  case append(String, bytes: [UInt8])
  case truncate(String, size: Int)
  /// All that was done to it before is on the disk.
  case sync(String)
  case remove(String)
  /// Which names there are is on the disk.
  case syncDirectory
}
