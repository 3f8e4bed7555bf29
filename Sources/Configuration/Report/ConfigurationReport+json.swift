internal import Conference
internal import Gateway
internal import JSON
internal import Policy

extension ConfigurationReport {
  /// `{"valid": true, "secrets_checked", "revision", "organization", "listen", "admin", "upstream", "ledger", "audit", "limits", "teams"}`,
  /// for programs. `admin` and `ledger` are null where there is none; `ledger` is the file's path, or of a database
  /// `{"postgres": {"hosts", "user", "database", "sslmode", "password", "schema", "replica"}}`.
  package var json: [UInt8] {
    var writer = JSONWriter(capacity: 4096)
    writer.beginObject()
    writer.key("valid")
    writer.value(true)
    writer.key("secrets_checked")
    writer.value(secretsChecked)
    writer.member("revision", configuration.revision)
    writer.member("organization", configuration.organization)
    writer.strings("listen", configuration.server.listen.map(\.address.description))
    writer.optional("admin", configuration.admin?.listen.description)
    writer.key("upstream")
    writer.beginObject()
    writer.member("url", configuration.upstream.url)
    writer.optional("proxy", configuration.upstream.proxy?.url)
    writer.strings("tokens", configuration.upstream.tokens.map(\.text))
    writer.endObject()
    writer.ledger(configuration.ledger.place)
    writer.key("audit")
    writer.beginObject()
    writer.member("reads", configuration.audit.reads.rawValue)
    writer.endObject()
    writer.limits(configuration.limits)
    writer.key("teams")
    writer.beginArray()
    for team in configuration.teams { writer.team(team) }
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }
}

extension ConfigurationErrors {
  /// `{"valid": false, "errors": [{"file", "line", "column", "message"}]}`
  package var json: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("valid")
    writer.value(false)
    writer.key("errors")
    writer.beginArray()
    for error in errors {
      writer.beginObject()
      writer.member("file", error.file)
      writer.member("line", error.line)
      writer.member("column", error.column)
      writer.member("message", error.message)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }
}

extension JSONWriter {
  fileprivate mutating func strings(_ key: StaticString, _ strings: [String]) {
    self.key(key)
    beginArray()
    for string in strings { value(string) }
    endArray()
  }

  fileprivate mutating func optional(_ key: StaticString, _ string: String?) {
    self.key(key)
    if let string { value(string) } else { null() }
  }

  fileprivate mutating func ledger(_ ledger: LedgerPlace) {
    let place: PostgresPlace
    switch ledger {
    case .file(let path): return member("ledger", path)
    case .memory: return optional("ledger", nil)
    case .postgres(let database): place = database
    }
    key("ledger")
    beginObject()
    key("postgres")
    beginObject()
    strings("hosts", place.hosts.map(\.description))
    member("user", place.user)
    member("database", place.database)
    member("sslmode", place.tls.rawValue)
    optional("password", place.password?.text)
    member("schema", place.schema)
    member("replica", place.replica)
    endObject()
    endObject()
  }

  fileprivate mutating func limits(_ limits: [LimitRule]) {
    key("limits")
    beginArray()
    for limit in limits {
      beginObject()
      member("name", limit.name)
      member("per", limit.per.rawValue)
      member("allow", limit.allow)
      member("every", limit.every.text)
      member("burst", limit.burst)
      if limit.calls != .create { strings("for", limit.calls.calls.map(\.name)) }
      endObject()
    }
    endArray()
  }

  fileprivate mutating func team(_ team: Team) {
    beginObject()
    member("name", team.name)
    key("callers")
    beginArray()
    for caller in team.callers {
      beginObject()
      member("name", caller.name)
      member("kind", caller.credential.kind)
      if !caller.credential.hint.isEmpty { member("hint", caller.credential.hint) }
      endObject()
    }
    endArray()
    limits(team.limits)
    if !team.calls.isCreateAlone {
      key("calls")
      beginObject()
      strings("allow", team.calls.allowed.calls.map(\.name))
      member("scope", team.calls.scope.rawValue)
      endObject()
    }
    // Only where something is joined.
    if let join = team.keylessJoin {
      key("keyless")
      beginObject()
      member("join", join.text)
      endObject()
    }
    key("policy")
    beginArray()
    for row in team.policy.rows { policyRow(row) }
    endArray()
    endObject()
  }

  private mutating func policyRow(_ row: PolicyRow) {
    beginObject()
    member("field", row.name)
    member("type", row.type)
    key("assumed")
    value(row.assumed?.json ?? .null)
    // As the table tells it: what a rule sets there, else what Telnyx assumes.
    key("if_absent")
    value(row.fill?.value ?? row.assumed?.json ?? .null)
    key("rules")
    beginArray()
    for part in row.parts {
      beginObject()
      member("rule", part.kind.rawValue)
      key("value")
      value(part.value)
      member("from", part.origin.description)
      endObject()
    }
    endArray()
    endObject()
  }
}
