/// Whose deadline comes next, of things that have names: a binary heap.
///
/// Each has one entry that counts, the one that was pushed last; others of it are
/// leftovers, which whoever pops them sees and drops. So an event that only moves a deadline to
/// later costs nothing here: the entry comes up early and goes back in.
struct DeadlineQueue: Sendable {
  struct Entry: Sendable {
    let deadline: Instant
    let name: String
  }

  private var heap: [Entry] = []

  init() {}

  init(_ entries: [Entry]) {
    heap = entries
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  var count: Int { heap.count }
  var first: Entry? { heap.first }

  mutating func push(_ entry: Entry) {
    heap.append(entry)
    var index = heap.count - 1
    while index > 0, heap[index].deadline < heap[(index - 1) / 2].deadline {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// The first entry, if it is due.
  mutating func pop(dueAt now: Instant) -> Entry? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    sink(0)
    return first
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
        if heap[child].deadline < heap[least].deadline { least = child }
      }
      if least == index { return }
      heap.swapAt(index, least)
      index = least
    }
  }
}
