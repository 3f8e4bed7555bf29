/// After which event the power goes, and what of that which was not synced is left.
struct PowerPoint: Sendable, CustomStringConvertible {
  enum Remains: Sendable, Hashable {
    case nothing, everything, some(Int)
  }

  let recording: Int
  /// How many events took place.
  let moment: Int
  let remains: Remains

  /// As `--only` takes it; the recording is made anew then, and may differ a little.
  var description: String {
    switch remains {
    case .nothing: "\(recording)/\(moment)/nothing"
    case .everything: "\(recording)/\(moment)/everything"
    case .some(let number): "\(recording)/\(moment)/\(number)"
    }
  }

  init(recording: Int, moment: Int, _ remains: Remains) {
    self.recording = recording
    self.moment = moment
    self.remains = remains
  }

  init?(_ text: String) {
    let parts = text.split(separator: "/")
    guard parts.count == 3, let recording = Int(parts[0]), let moment = Int(parts[1]) else { return nil }
    switch (parts[2], Int(parts[2])) {
    case ("nothing", _): self.init(recording: recording, moment: moment, .nothing)
    case ("everything", _): self.init(recording: recording, moment: moment, .everything)
    case (_, .some(let number)): self.init(recording: recording, moment: moment, .some(number))
    default: return nil
    }
  }

  /// Now and then one sector alone is missing, or there.
  var onDisk: PowerDisk.Remains {
    switch remains {
    case .nothing: .nothing
    case .everything: .everything
    case .some(let number):
      .some(probability: [0.5, 0.9, 0.1][number % 3], seed: UInt64(moment) << 32 | UInt64(number))
    }
  }
}
