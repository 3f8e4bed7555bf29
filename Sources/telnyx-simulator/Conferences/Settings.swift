/// How the simulator behaves; control calls change it.
struct Settings: Sendable {
  var tokens: Set<String>
  /// How long a command id is remembered; zero is not at all.
  var dedupe: Duration
  /// Whether an active conference keeps others from taking its name. Where it doesn't, an execution too many can't hide.
  var namesAreUnique = true
  /// In which form a name is kept.
  var nameForm = NameForm.asSent
  var listing = Listing()
  var rate: RateWindow
  /// What the calls of each kind meet.
  private var faults: [CallKind: FaultPlan] = [:]

  init(tokens: Set<String>, dedupe: Duration, rate: RateWindow) {
    self.tokens = tokens
    self.dedupe = dedupe
    self.rate = rate
  }

  subscript(faultsOf kind: CallKind) -> FaultPlan {
    get { faults[kind] ?? FaultPlan() }
    set { faults[kind] = newValue }
  }

  /// Takes a create in: the next fault is used up, and the rate counts it if its token is accepted.
  ///
  /// - Parameter fault: the one that the create itself asks for; the plan is then left alone.
  mutating func admit(token: String?, fault: Fault?) -> Admission {
    let isAuthentic = token.map { tokens.contains($0) } ?? false
    return Admission(
      fault: fault ?? self[faultsOf: .create].next(), isAuthentic: isAuthentic, rate: isAuthentic ? rate.take() : nil,
      dedupe: dedupe, namesAreUnique: namesAreUnique, nameForm: nameForm, owner: listing.isByToken ? token : nil)
  }
}

/// What becomes of a name when it is stored, or looked for.
enum NameForm: String, Sendable {
  case asSent = "as_sent"
  case trimmed
  case lowerCase = "lower_case"

  func apply(to name: String) -> String {
    switch self {
    case .asSent: return name
    case .trimmed:
      let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") }
      return String(decoding: name.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed(), as: UTF8.self)
    case .lowerCase: return name.lowercased()
    }
  }
}

/// How conferences are listed.
struct Listing: Sendable {
  enum Meta: String, Sendable {
    case honest
    case omitted
    /// Numbers as texts.
    case texts
    /// One result more than there is.
    case tooMany = "too_many"
  }

  /// Rows a page at most, whatever is asked for.
  var largestPage = 250
  var meta = Meta.honest
  /// Whether conferences, and command ids, are there only for the token that made them.
  var isByToken = false
}
