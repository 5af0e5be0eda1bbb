import ActaModel

/// A list that may name things more than once: each once, in the order in which they come first, and
/// for each place of the list which of them is named there.
struct Distinct<Key: Hashable & Sendable>: Sendable {
  private(set) var items: [Key] = []
  private(set) var places: [Int] = []
  /// How often each of `items` is named.
  private(set) var counts: [Int] = []

  init(_ list: some Sequence<Key>) {
    var known: [Key: Int] = [:]
    for key in list {
      let place = known[key] ?? items.count
      if place == items.count {
        known[key] = place
        items.append(key)
        counts.append(0)
      }
      counts[place] += 1
      places.append(place)
    }
  }
}
