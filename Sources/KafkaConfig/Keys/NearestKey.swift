/// Finds the key that somebody who mistyped one most likely meant.
package enum NearestKey {
  /// `nil` if nothing comes close.
  static func suggestion(for name: String) -> String? {
    // A topic's key in a broker's file: the broker calls it differently.
    if let synonym = ConfigKeys.topicByName[name]?.synonyms.first { return synonym.name }
    return suggestion(
      for: name, among: ConfigKeys.broker.map(\.name) + ToleratedKeys.names.sorted())
  }

  /// The same among other keys.
  package static func suggestion(for name: String, among candidates: [String]) -> String? {
    let nearest =
      candidates
      .map { (name: $0, distance: distance(from: name, to: $0)) }
      .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= max(2, name.utf8.count / 4) else { return nil }
    return nearest.name
  }

  /// Levenshtein's: the fewest insertions, deletions and replacements of single bytes.
  static func distance(from source: String, to target: String) -> Int {
    let target = Array(target.utf8)
    var previous = Array(0...target.count)
    for (row, byte) in source.utf8.enumerated() {
      var current = [row + 1]
      for (column, other) in target.enumerated() {
        let replaced = previous[column] + (byte == other ? 0 : 1)
        current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
      }
      previous = current
    }
    return previous[target.count]
  }
}
