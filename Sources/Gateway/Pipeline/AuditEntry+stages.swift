internal import Conference
internal import JSON
internal import Policy

/// What each stage of the pipeline learns of a request, for the record.
extension AuditEntry {
  init(_ request: IncomingRequest, of exchange: Exchange) {
    self.init(
      organization: exchange.snapshot.organization, peer: request.peer.description, requestID: exchange.requestID,
      received: request.received, configuration: exchange.snapshot.revision)
    traceparent = TraceContext.parent(request.fields)
  }

  mutating func note(_ caller: AuthenticatedCaller) {
    team = caller.team.name
    self.caller = caller.name
  }

  mutating func note(_ decoded: DecodedCommand, _ pseudonyms: Pseudonyms) {
    let command = decoded.command
    commandID = command[.commandID]?.string
    noteTokens(of: command, pseudonyms)
  }

  mutating func note(_ decided: DecidedCommand) {
    commandID = decided.commandID
    let command = decided.decision.command
    let changes = decided.decision.changes
    let tokens = tokens
    fields = AuditFields { list in
      // Both go through the table in its order; of one field there may be more changes.
      var next = changes.startIndex
      for field in Field.all {
        var (change, asked): (String?, FieldValue?)
        while next < changes.endIndex, changes[next].field == field {
          (change, asked) = (changes[next].kind.rawValue, changes[next].asked)
          next += 1
        }
        // Without a key of the caller's, the command has the gateway's.
        let effective = field == .commandID ? .string(decided.commandID) : command[field]
        guard effective != nil || change != nil else { continue }
        if asked == effective { asked = nil }
        list.append(
          field, change: change, asked: asked.map { tokens[field] ?? $0 },
          effective: effective.map { tokens[field] ?? $0 })
      }
      for member in command.unknown {
        list.append(AuditFields.Field(name: member.key, effective: member.shown))
      }
    }
  }

  /// What a command that policy refuses asked for.
  func fields(of refusal: Refusal, about decoded: DecodedCommand) -> AuditFields {
    let tokens = tokens
    return AuditFields { list in
      func isRefused(_ pointer: String) -> String? {
        refusal.faults.contains { $0.pointer?.hasSameBytes(as: pointer) == true } ? "refused" : nil
      }
      for field in Field.all {
        let (asked, change) = (decoded.command[field], isRefused(field.pointer))
        guard asked != nil || change != nil else { continue }
        list.append(field, change: change, asked: asked.map { tokens[field] ?? $0 }, effective: nil)
      }
      for member in decoded.command.unknown {
        list.append(
          AuditFields.Field(
            name: member.key, change: isRefused(Fault.pointer(to: member.key)), asked: member.shown))
      }
    }
  }
}

extension AuditedRequest {
  /// Leaves nothing behind: a copy would be one of a dozen texts.
  convenience init(taking entry: inout AuditEntry) {
    var taken = AuditEntry(organization: "", peer: "", requestID: "", received: entry.received, configuration: "")
    swap(&taken, &entry)
    self.init(taken)
  }
}
