import JSON
import TestKit

/// Tells what the system calls of one process mean: to the files of its directory, to Telnyx, and to callers.
struct TraceInterpreter {
  /// The full path.
  let directory: String
  /// What went out on each socket and is no whole message yet.
  private var outgoing: [String: [UInt8]] = [:]

  init(directory: String) { self.directory = directory }

  mutating func events(of call: TraceLine) throws -> [PowerEvent] {
    switch call.call {
    case "openat", "unlink", "unlinkat", "rename", "renameat": try changeOfNames(call)
    case "fdatasync", "fsync": synced(call)
    case "pwrite64", "ftruncate": changeOfFile(call)
    case "write": written(call)
    case "sendto", "sendmsg": sent(call)
    default: []
    }
  }

  private func changeOfNames(_ call: TraceLine) throws -> [PowerEvent] {
    guard let result = call.result, result >= 0, let name = call.texts.last.flatMap(name) else { return [] }
    switch call.call {
    case "openat":
      return call.has("O_CREAT") ? [.disk(.create(name))] : []
    case "unlink", "unlinkat": return [.disk(.remove(name))]
    default: throw Failure("the trace has a \(call.call), which nothing here knows")
    }
  }

  private func synced(_ call: TraceLine) -> [PowerEvent] {
    guard call.result == 0, let path = call.path else { return [] }
    if path == directory { return [.disk(.syncDirectory)] }
    return name(Array(path.utf8)).map { [.disk(.sync($0))] } ?? []
  }

  private func changeOfFile(_ call: TraceLine) -> [PowerEvent] {
    guard !call.isSecond, let name = call.path.flatMap({ name(Array($0.utf8)) }), let number = call.lastNumber else {
      return []
    }
    if call.call == "ftruncate" { return [.disk(.truncate(name, size: number))] }
    return [.disk(.write(name, offset: number, bytes: call.texts.first ?? []))]
  }

  private func written(_ call: TraceLine) -> [PowerEvent] {
    guard let bytes = call.texts.first else { return [] }
    if call.descriptor == 1 { return call.result.map { [.streamed(Array(bytes.prefix($0)))] } ?? [] }
    guard !call.isSecond, let name = call.path.flatMap({ name(Array($0.utf8)) }) else { return [] }
    return [.disk(.append(name, bytes: bytes))]
  }

  private mutating func sent(_ call: TraceLine) -> [PowerEvent] {
    guard let socket = call.path else { return [] }
    let bytes = call.texts.flatMap(\.self)
    if outgoing[socket, default: []].isEmpty, bytes.starts(with: "POST ".utf8) {
      guard !call.isSecond, let request = WireReply.message(bytes) else { return [] }
      return (try? JSONValue.parse(request.body))?["command_id"]?.string.map { [.sent(commandID: $0)] } ?? []
    }
    guard let result = call.result, result > 0 else { return [] }
    var pending = outgoing[socket, default: []] + bytes.prefix(result)
    guard pending.starts(with: "HTTP/".utf8) else { return [] }
    var events: [PowerEvent] = []
    while let (reply, count) = WireReply.parse(pending) {
      events.append(.answered(reply))
      pending.removeFirst(count)
    }
    outgoing[socket] = pending
    return events
  }

  /// nil for what isn't a file of the directory that a power cut must not lose: locks, the log's index, configuration.
  private func name(_ path: [UInt8]) -> String? {
    var path = String(decoding: path, as: UTF8.self)
    if path.hasPrefix(directory + "/") { path.removeFirst(directory.utf8.count + 1) }
    return ["ledger.db", "ledger.db-wal", "ledger.db-journal", KillSetting.fileName].contains(path) ? path : nil
  }
}
