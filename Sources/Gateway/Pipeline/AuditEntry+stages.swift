internal import Conference
internal import JSON
package import Policy

/// What each stage of the pipeline learns of a request, for the record.
extension AuditEntry {
  init(_ request: IncomingRequest, of exchange: Exchange) {
    self.init(
      organization: exchange.snapshot.organization, peer: request.peer.description, requestID: exchange.requestID,
      received: request.received, configuration: exchange.snapshot.revision)
    traceparent = exchange.trace.recorded(request.fields)
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
    fields = AuditFields(decided.decision, commandID: decided.commandID, tokens)
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

extension AuditFields {
  /// Of a command that policy allows.
  ///
  /// - Parameter commandID: the caller's or, without one, the gateway's.
  package init(_ decision: Decision, commandID: String, _ tokens: AuditEntry.Tokens) {
    let (command, changes) = (decision.command, decision.changes)
    self.init { list in
      // Both go through the table in its order; of one field there may be more changes.
      var next = changes.startIndex
      for field in Conference.Field.all {
        let effective = field == .commandID ? .string(commandID) : command[field]
        guard next < changes.endIndex, changes[next].field == field else {
          if let effective { list.append(field, effective: tokens[field] ?? effective) }
          continue
        }
        var (change, asked): (String?, FieldValue?)
        while next < changes.endIndex, changes[next].field == field {
          (change, asked) = (changes[next].kind.rawValue, changes[next].asked)
          next += 1
        }
        if asked == effective { asked = nil }
        list.append(
          field, change: change, asked: asked.map { tokens[field] ?? $0 },
          effective: effective.map { tokens[field] ?? $0 })
      }
      for member in command.unknown { list.append(Field(name: member.key, effective: member.shown)) }
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
