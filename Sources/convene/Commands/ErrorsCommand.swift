internal import ArgumentParser
internal import Conference
internal import JSON

/// What each error of the gateway's own means, for whoever got one: made of the same table as the errors themselves.
struct ErrorsCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, markdown
  }

  static let configuration = CommandConfiguration(
    commandName: "errors", abstract: "Tell what the gateway's own errors mean, and what to do.",
    discussion: """
      An error with `meta.source: convene` is the gateway's own; any other is Telnyx's, passed on as it is. WHICH is a \
      `meta.kind`, a status or a code, such as outcome_unknown, 409 or 10036; by default all are told.

      With an official SDK (here Python's) `meta` and a reply's fields are read so:
        except telnyx.APIStatusError as error:
            meta = error.response.json()["errors"][0]["meta"]
            print(meta["kind"], meta.get("rule"), meta.get("operation"))
        reply = client.conferences.with_raw_response.create(...)
        print(reply.headers.get("Convene-Policy"))
        conference = reply.parse()

      Convene-Policy is a structured field (RFC 9651): a list of fields, each with what policy did to it and what holds \
      now, such as `max_participants;clamped=200, comfort_noise;default=?1`. A text is in quotes, or a token where the field \
      has a fixed set of values; one of more than 256 bytes is left out.
      """)

  @Argument(help: ArgumentHelp("Kinds, statuses or codes.", valueName: "which"))
  var which: [String] = []

  @Option(help: "text, json, or markdown (the documentation's table).")
  var format = Format.text

  func validate() throws {
    for word in which where !Refusal.Kind.allCases.contains(where: { $0.isMeant(by: word) }) {
      let known = Refusal.Kind.byStatus.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("\(word) is no kind, status or code of an error of the gateway's own; kinds: \(known)")
    }
  }

  func run() {
    let kinds = Refusal.Kind.byStatus.filter { kind in which.isEmpty || which.contains(where: kind.isMeant) }
    switch format {
    case .text: StandardStream.output.writeLine(kinds.map(\.text).joined(separator: "\n\n"))
    case .json: StandardStream.output.writeLine(Self.json(kinds))
    case .markdown: StandardStream.output.writeLine(Refusal.Kind.markdown(kinds))
    }
  }

  private static func json(_ kinds: [Refusal.Kind]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("errors")
    writer.beginArray()
    for kind in kinds {
      writer.beginObject()
      writer.member("kind", kind.rawValue)
      writer.member("status", kind.status)
      writer.key("codes")
      writer.beginArray()
      for code in kind.codes { writer.value(code.rawValue) }
      writer.endArray()
      writer.member("repeat", kind.repetition.text)
      writer.member("meaning", kind.meaning)
      writer.member("advice", kind.advice)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }
}

extension Refusal.Kind {
  fileprivate func isMeant(by word: String) -> Bool {
    word == rawValue || word == String(status) || codes.contains { $0.rawValue == word }
  }

  fileprivate var text: String {
    """
    \(rawValue)  status \(status), code \(codes.map(\.rawValue).joined(separator: " "))
      means   \(meaning)
      do      \(advice)
      repeat  \(repetition.text)
    """.replacing("`", with: "")
  }
}
