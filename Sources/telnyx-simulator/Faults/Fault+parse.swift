extension Fault {
  /// Reads `kind[=value][,kind[=value]...]`. A value has no comma in it. An empty text is no fault at all.
  init(parsing spec: String) throws(FaultSpecError) {
    self.init()
    for part in spec.split(separator: ",") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let kind = String(sides[0].drop { $0 == " " })
      try add(FaultPart(kind: kind, value: sides.count > 1 ? String(sides[1]) : nil))
    }
    if instead != nil, content != nil {
      throw FaultSpecError("'\(spec)' replaces both the execution and what it replies")
    }
  }

  private mutating func add(_ part: FaultPart) throws(FaultSpecError) {
    switch part.kind {
    case "delay": delay = try part.number(upTo: FaultPart.hour)
    case "delay-after": delayAfter = try part.number(upTo: FaultPart.hour)

    case "status": try part.fill(&instead, .status(part.status()))
    case "redirect": try part.fill(&instead, .redirect(part.text()))
    case "close-before": try part.fill(&instead, .close)
    case "reset-before": try part.fill(&instead, .reset)
    case "hang-before": try part.fill(&instead, .hang)

    case "status-after": try part.fill(&content, .status(part.status()))
    case "garbage-body": try part.fill(&content, .garbage)
    case "no-conference": try part.fill(&content, .noConference)

    case "long-length": try part.fill(&framing, .longLength)
    case "short-length": try part.fill(&framing, .shortLength)
    case "no-length": try part.fill(&framing, ReplyFraming.none)
    case "chunked": try part.fill(&framing, .chunked)

    case "trickle": try part.fill(&delivery, .trickle(part.number(upTo: FaultPart.hour)))
    case "cut": try part.fill(&delivery, .cut(part.number(upTo: RequestReader.largestBody)))
    case "garbage": try part.fill(&delivery, .garbage)
    case "close-after": try part.fill(&delivery, .close)
    case "reset-after": try part.fill(&delivery, .reset)
    case "hang-after": try part.fill(&delivery, .hang)

    case "early-hints": sendsInterim = try part.flag()
    case "close-idle": closesIdle = try part.flag()
    case "header": headers.append(try part.header())
    case "retry-after": headers.append(("retry-after", String(try part.number(upTo: FaultPart.hour))))
    default: throw FaultSpecError("'\(part.kind)' is no kind of fault")
    }
  }
}
