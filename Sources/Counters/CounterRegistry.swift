import Synchronization

/// All numbers of one node, each named once, so that whoever tells of them can walk them. It is made with
/// the node and handed down: there is no other way to it.
package final class CounterRegistry: Sendable {
  package enum Kind: Sendable {
    /// Only grows, from 0 at the start.
    case total
    /// What there is now.
    case level
  }

  package struct Reading: Sendable {
    package let name: CounterName
    package let kind: Kind
    package let value: Int
  }

  private struct Entry {
    let name: CounterName
    let kind: Kind
    let read: @Sendable () -> Int
  }

  private struct State {
    var entries: [Entry] = []
    var names: Set<CounterName> = []
  }

  private let state = Mutex(State())

  package init() {}

  /// What only grows; its name ends in `_total`.
  package func total(_ name: CounterName) -> Counter {
    precondition(name.name.hasSuffix("_total"), "\(name) is a total and is not named one")
    return counter(name, .total)
  }

  /// What there is of something, where whoever has it counts it.
  package func level(_ name: CounterName) -> Counter { counter(name, .level) }

  /// What is known without being counted. `read` is called by whoever walks, on any thread, and must not
  /// block.
  package func level(_ name: CounterName, _ read: @escaping @Sendable () -> Int) {
    add(Entry(name: name, kind: .level, read: read))
  }

  private func counter(_ name: CounterName, _ kind: Kind) -> Counter {
    let counter = Counter()
    add(Entry(name: name, kind: kind) { counter.value })
    return counter
  }

  private func add(_ entry: Entry) {
    let isNew = state.withLock { state in
      state.entries.append(entry)
      return state.names.insert(entry.name).inserted
    }
    precondition(isNew, "\(entry.name) is named twice")
  }

  /// Every number as it is now, in the order in which they were named.
  package var readings: [Reading] {
    state.withLock { $0.entries }.map { Reading(name: $0.name, kind: $0.kind, value: $0.read()) }
  }
}
