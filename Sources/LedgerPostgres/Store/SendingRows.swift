/// The rows of what this process is sending, with their conferences' names.
struct SendingRows {
  private var names: [Int64: String] = [:]
  private var known: Int64?

  func name(_ row: Int64) -> String? { names[row] }

  mutating func insert(_ row: Int64, name: String) {
    names[row] = name
    if let oldest = known { known = min(oldest, row) } else if names.count == 1 { known = row }
  }

  mutating func remove(_ row: Int64) {
    names[row] = nil
    if known == row { known = nil }
  }

  /// nil = nothing is being sent.
  mutating func oldest() -> Int64? {
    if known == nil { known = names.keys.min() }
    return known
  }

  /// - Parameter ended: rows that are about to be removed.
  mutating func oldest(without ended: [Int64]) -> Int64? {
    guard let oldest = oldest(), ended.contains(oldest) else { return known }
    let ended = Set(ended)
    return names.keys.lazy.filter { !ended.contains($0) }.min()
  }
}
