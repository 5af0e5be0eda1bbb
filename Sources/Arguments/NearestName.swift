/// Finds the name that somebody who mistyped one most likely meant.
enum NearestName {
  /// `nil` if nothing comes close: one mistake in three bytes.
  static func to(_ name: String, among candidates: [String]) -> String? {
    let nearest =
      candidates
      .map { (name: $0, distance: distance(from: name, to: $0)) }
      .min { $0.distance < $1.distance }
    let count = name.utf8.count
    guard let nearest, nearest.distance < count, nearest.distance <= max(1, count / 3) else {
      return nil
    }
    return nearest.name
  }

  /// The fewest insertions, deletions and replacements of single bytes, and swaps of two
  /// neighbours, none of them where another was.
  static func distance(from source: String, to target: String) -> Int {
    let source = Array(source.utf8)
    let target = Array(target.utf8)
    var older: [Int] = []
    var previous = Array(0...target.count)
    for (row, byte) in source.enumerated() {
      var current = [row + 1]
      for (column, other) in target.enumerated() {
        let replaced = previous[column] + (byte == other ? 0 : 1)
        var fewest = min(replaced, previous[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, byte == target[column - 1], other == source[row - 1] {
          fewest = min(fewest, older[column - 1] + 1)
        }
        current.append(fewest)
      }
      older = previous
      previous = current
    }
    return previous[target.count]
  }
}
