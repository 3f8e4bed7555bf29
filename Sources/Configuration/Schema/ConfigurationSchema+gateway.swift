internal import Gateway
internal import JSON

extension ConfigurationSchema {
  static var gatewaySchema: JSONValue {
    document(
      "Convene: gateway.yaml", ["version", "organization", "upstream", "teams"],
      [
        ("version", version),
        ("organization", text("The organization's name, as records have it. At most 128 bytes.")),
        ("server", server),
        (
          "admin",
          object(
            ["listen"],
            [
              ("listen", text("IP address and port, or unix:PATH.")),
              ("key_sha256", keyDigest("SHA-256 of the key that allows POST /reload, which convene key new makes.")),
            ], "Where health and metrics are served; nowhere where it is left out.")
        ),
        ("upstream", upstream), ("ledger", ledger), ("audit", audit),
        ("tracing", tracing),
        ("policy", policy("The organization's rules, one per field. A team may only tighten them.")),
        ("limits", limits(["organization", "team", "caller"])),
        (
          "calls",
          calls(
            "Which of Telnyx's other conference calls may be made: none where it is left out. A team may only tighten it."
          )
        ),
        ("keyless", keyless),
        ("teams", list(text("A path or glob, relative to this file."), "The teams' files.")),
      ])
  }

  private static var server: JSONValue {
    object(
      [
        (
          "listen",
          list(.object(["oneOf": .array([address, listen])]), "Where callers call.")
        ),
        ("workers", integer("Event loops; 0 = one per core.", FileReader.workerCounts)),
        ("max_body", size("The largest request body.")),
        ("header_timeout", duration("For a request's whole head. Absolute.")),
        ("body_timeout", duration("For a request's whole body. Absolute.")),
        ("idle_timeout", duration("How long a connection may wait for its next request.")),
        ("max_connections", integer("Callers' connections, over all workers.", FileReader.connectionCounts)),
        (
          "drain",
          object(
            [
              ("delay", duration("How long to go on accepting after the signal to stop.")),
              ("timeout", duration("How long to wait for requests under way.")),
            ], "How to stop.")
        ),
      ], "How callers are listened to.")
  }

  private static var address: JSONValue {
    text(
      "127.0.0.1:8080, [::1]:8080, localhost:8080 (127.0.0.1), :8080 (every address of IPv4) or unix:PATH; port 0 ="
        + " any free one.")
  }

  private static var listen: JSONValue {
    object(
      ["address"],
      [
        ("address", address),
        (
          "tls",
          object(
            ["certificate", "key"],
            [
              ("certificate", text("A PEM file: the listener's certificate, and those between it and an authority.")),
              ("key", text("A PEM file: the private key to it, without a password.")),
              (
                "client_ca",
                text("A PEM file: authorities. Each caller must show a certificate that one of them knows.")
              ),
            ], "TLS 1.2 and newer. The files are read again when they change.")
        ),
        (
          "insecure",
          boolean("Others can reach it without TLS, and that is meant: no warning, and an anonymous caller may be.")
        ),
      ])
  }

  private static var upstream: JSONValue {
    object(
      ["tokens"],
      [
        ("url", text("https://api.telnyx.com/v2 unless told otherwise. http:// only for this machine.")),
        (
          "tokens",
          list(
            secretSource("The file that holds it; read again when it changes."),
            "Where tokens are, never a token. The first is used; the next when Telnyx refuses that.")
        ),
        ("connect_timeout", duration("Of one connection.")),
        (
          "attempt_timeout",
          duration("Of one attempt; 27500ms at most, and for a resend what is left of 55 s since the first send.")
        ),
        ("deadline", duration("Of the whole request; below the 45 s in which a resend is safe.")),
        ("attempts", integer("Sends of one command, the first included.", FileReader.attemptCounts)),
        ("max_connections", integer("Connections to Telnyx, over all workers.", FileReader.upstreamConnectionCounts)),
        ("ca_file", text("A PEM file of certificate authorities to trust instead of the system's.")),
        ("pinned_public_key", text("sha256//BASE64, more of them after a semicolon.")),
        ("http2", boolean("HTTP/2 instead of HTTP/1.1.")),
        ("proxy", .object(["oneOf": .array([proxy, proxyWithCredentials])])),
        (
          "forward_fields",
          list(
            text("The name of a header field, in either case."),
            "Callers' header fields that go along to Telnyx, beside User-Agent, X-Stainless-*, traceparent, tracestate, "
              + "X-Request-Id and Via.")
        ),
      ], "How Telnyx is called.")
  }

  private static var proxy: JSONValue {
    text("http://HOST:PORT: an HTTP proxy on the way to Telnyx, which is asked for a tunnel (CONNECT).")
  }

  private static var proxyWithCredentials: JSONValue {
    object(
      ["url"],
      [
        ("url", proxy), ("username", text("What the proxy is shown (Basic). No colon.")),
        ("password", secretSource("The file that holds it; read again when it changes.")),
      ])
  }

  private static func secretSource(_ file: String) -> JSONValue {
    exactlyOne(
      of: FileReader.secretKeys,
      in: object([
        ("env", text("The name of the environment variable that holds it.")), ("file", text(file)),
        ("credential", text("The name of systemd's credential that holds it (LoadCredential=).")),
      ]))
  }

  private static var ledger: JSONValue {
    notTogether(
      ["path", "postgres"],
      in: object(
        [
          ("path", text("The database's file; \":memory:\" for none. One process's.")),
          ("postgres", postgres),
          (
            "keep",
            object([
              ("commands", duration("How long a finished command is replayed. At least 10m.")),
              ("audit", duration("How long records are kept. At least 10m.")),
              (
                "unknown",
                duration(
                  "How long a command of unknown outcome is remembered. At least 1d, and as long as finished ones.")
              ),
            ])
          ),
        ],
        "The durable memory of commands, limits and decisions. Command ids and limits hold per ledger: each replica with a ledger"
          + " of its own has its own, and all that share a database have one together."))
  }

  private static var postgres: JSONValue {
    object(
      ["url"],
      [
        (
          "url",
          text(
            "postgresql://ROLE@HOST:PORT,HOST/DATABASE?sslmode=verify-full; tried in this order. Parameters: "
              + PostgresURL.parameterNames.joined(separator: ", ") + ". Never a password.")
        ),
        ("password", secretSource("The file that holds it; read again when it changes.")),
        (
          "schema",
          .object([
            "description": .string("Of the database; `convene` where it is left out."), "type": .string("string"),
            "pattern": .string("^[a-z][a-z0-9_]{0,62}$"),
          ])
        ),
        (
          "replica",
          .object([
            "description": .string(
              "This process's name among the replicas; where it is left out, the machine's and the port of the first listener."
            ),
            "type": .string("string"), "pattern": .string("^[!-~]{1,128}$"),
          ])
        ),
      ],
      "A PostgreSQL database that all replicas share, made by `convene ledger migrate`.")
  }

  private static var tracing: JSONValue {
    let headers: JSONValue = .object([
      "description": .string(
        "Header fields for the collector: the name of each, and where its value is, never a value."),
      "type": .string("object"), "additionalProperties": secretSource("The file that holds it; read at the start."),
    ])
    return object(
      ["otlp"],
      [
        (
          "otlp",
          text("A collector of traces, OTLP over HTTP: http://127.0.0.1:4318/v1/traces, whose path may be left out.")
        ),
        (
          "ratio",
          .object([
            "description": .string("How large a part is sampled of the requests whose callers name no trace."),
            "type": .string("number"), "minimum": .integer(0), "maximum": .integer(1),
          ])
        ),
        ("headers", headers),
        ("ca_file", text("A PEM file of certificate authorities to trust instead of the system's.")),
      ], "Where spans of sampled requests are sent to; nowhere where it is left out.")
  }

  private static var audit: JSONValue {
    let file = object(
      ["file"],
      [
        (
          "file",
          object(
            ["path"],
            [
              ("path", text("Where the records go.")), ("rotate_at", size("At what size a new file is begun.")),
              ("keep", integer("How many finished files stay.", FileReader.rotatedCounts)),
            ])
        )
      ])
    let sink: JSONValue = .object(["oneOf": .array([.object(["const": .string("stdout")]), file])])
    let checkpoint = object(
      ["key"],
      [
        ("key", secretSource("The file that holds it.")),
        ("every", integer("At the latest after so many records.", FileReader.checkpointCounts)),
        ("interval", duration("At the latest when a record has waited so long.")),
      ], "Signs the chain of records now and then, with a key that `convene key new --signing` makes.")
    let reads = words(
      "How calls that change nothing are recorded: counted, many in one record, or each by itself; counted where it is left out.",
      AuditSettings.Reads.allCases.map(\.rawValue))
    return object(
      [
        ("sinks", list(sink, "Copies of the ledger's own table, in order.", atLeast: 0)), ("reads", reads),
        ("checkpoint", checkpoint),
      ],
      "Where audit records are copied to, and how they are signed.")
  }
}
