extension [String] {
  /// `; did you mean "x"?` where one of these words is near, `; known here: ...` where there are few, else nothing.
  func suggestion(for word: String) -> String {
    let nearest = map { (word: $0, distance: $0.distance(to: word)) }.min { $0.distance < $1.distance }
    if let nearest, nearest.distance <= Swift.max(1, Swift.min(nearest.word.utf8.count, word.utf8.count) / 3) {
      return "; did you mean \(nearest.word)?"
    }
    // `maximum` for `max`, `key` for `key_sha256`.
    let related = filter { known in
      known.utf8.count >= 3 && word.utf8.starts(with: known.utf8)
        || word.utf8.count >= 3 && known.utf8.starts(with: word.utf8)
    }
    if let longest = related.max(by: { $0.utf8.count < $1.utf8.count }) { return "; did you mean \(longest)?" }
    return count <= 12 && !isEmpty ? "; known here: \(joined(separator: ", "))" : ""
  }
}

extension String {
  /// How many bytes must be put in, taken out, changed or swapped with their neighbour to make the other word
  /// (optimal string alignment). Words too long to be a slip of the pen are infinitely far.
  fileprivate func distance(to other: String) -> Int {
    let left = Array(utf8)
    let right = Array(other.utf8)
    guard left.count <= 64, right.count <= 64 else { return Int.max }
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
      var row = [i + 1]
      for j in right.indices {
        let cost = left[i] == right[j] ? 0 : 1
        var best = Swift.min(row[j] + 1, last[j + 1] + 1, last[j] + cost)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = Swift.min(best, beforeLast[j - 1] + 1)
        }
        row.append(best)
      }
      (beforeLast, last) = (last, row)
    }
    return last[right.count]
  }
}
