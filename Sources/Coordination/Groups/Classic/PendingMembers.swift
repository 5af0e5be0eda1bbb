/// Member ids that were given out and have not joined yet (KIP-394). They live in memory only: a
/// client whose id a restart has forgotten asks for another.
///
/// Clients that ask again and again for one must neither fill the memory nor keep others out: beyond
/// `maximumCount` the id that would expire first is forgotten.
struct PendingMembers: Sendable {
  static let maximumCount = 1_000

  private var deadlines: [String: Instant] = [:]
  /// No deadline is before this one.
  private(set) var earliestDeadline: Instant?

  var count: Int { deadlines.count }
  var isEmpty: Bool { deadlines.isEmpty }
  func contains(_ id: String) -> Bool { deadlines[id] != nil }

  mutating func add(_ id: String, until deadline: Instant) {
    if deadlines.count >= Self.maximumCount,
      let first = deadlines.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })
    {
      deadlines[first.key] = nil
    }
    deadlines[id] = deadline
    earliestDeadline = Instant.earlier(earliestDeadline, deadline)
  }

  /// False if it was not there.
  @discardableResult
  mutating func remove(_ id: String) -> Bool {
    guard deadlines.removeValue(forKey: id) != nil else { return false }
    if deadlines.isEmpty { earliestDeadline = nil }
    return true
  }

  /// Forgets those that are due; false if there were none.
  mutating func expire(at now: Instant) -> Bool {
    guard let earliest = earliestDeadline, earliest <= now else { return false }
    let before = deadlines.count
    deadlines = deadlines.filter { $0.value > now }
    earliestDeadline = deadlines.values.min()
    return deadlines.count < before
  }
}
