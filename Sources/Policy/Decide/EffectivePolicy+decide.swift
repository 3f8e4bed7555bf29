package import Conference

extension EffectivePolicy {
  /// Judges a valid command. Pure: the same command and the same rules give the same decision, always.
  ///
  /// 1. **force**: the rule's value replaces whatever the caller gave. Where it can't stand beside a field that the
  ///    caller gave (both hold fields), the command is refused.
  /// 2. **forbid**: a field that must not be given.
  /// 3. **default**: the rule's value, where there is none; not where a field stands that excludes this one.
  /// 4. **require**: a field that must be given, by the caller or by its default.
  /// 5. **min**, **max**: a number beyond them is moved to the nearest that is allowed (`over: clamp`), or refused.
  /// 6. **allow**, **pattern**, **max_length**: of what stands now. 5 and 6 judge what Telnyx will act on, so a field
  ///    that is absent counts as the value that Telnyx assumes, where it is known to assume one.
  /// 7. **unknown_fields**: members that Convene doesn't know.
  /// 8. Warnings: a hold field that Telnyx will ignore as the command stands.
  ///
  /// - Throws: one `Refusal` with every fault there is; each says what would be allowed and names its rule.
  package func decide(_ command: ConferenceCommand) throws(Refusal) -> Decision {
    try judgement(of: command).decision()
  }

  /// The same judgement, told whole: what each field becomes and by which rule, and everything that is wrong.
  package func account(of command: ConferenceCommand) -> PolicyAccount { judgement(of: command).account() }

  private func judgement(of command: ConferenceCommand) -> Judgement {
    var judgement = Judgement(command, by: self)
    for setting in forcing { judgement.force(setting) }
    for field in forbidding { judgement.forbid(field) }
    for setting in filling { judgement.fill(setting) }
    for field in requiring { judgement.require(field) }
    for limits in limiting { judgement.limit(limits) }
    if unknownFields == .reject { judgement.rejectUnknown() }
    judgement.warn()
    return judgement
  }
}
