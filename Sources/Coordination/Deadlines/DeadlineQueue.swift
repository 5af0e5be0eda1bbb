/// Whose deadline comes next, of things that have names.
///
/// Each has one entry that counts, the one that was pushed last; others of it are
/// leftovers, which whoever pops them sees and drops. So an event that only moves a deadline to
/// later costs nothing here: the entry comes up early and goes back in.
struct DeadlineQueue: Sendable {
  struct Entry: Comparable, Sendable {
    let deadline: Instant
    let name: String

    static func < (one: Self, other: Self) -> Bool {
      (one.deadline, one.name) < (other.deadline, other.name)
    }
  }

  private var heap: MinHeap<Entry>

  init(_ entries: [Entry] = []) { heap = MinHeap(entries) }

  var count: Int { heap.count }
  var first: Entry? { heap.first }

  mutating func push(_ entry: Entry) { heap.push(entry) }

  /// The first entry, if it is due.
  mutating func pop(dueAt now: Instant) -> Entry? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    return heap.pop()
  }
}
