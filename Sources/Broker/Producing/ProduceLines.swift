import Threads

/// Which connection's batches are validated next. Each connection that has large work stands in a line
/// of its own, in the order of its requests; the lines take turns, a piece of work each, so that nobody
/// waits behind all that somebody else has sent.
///
/// A line is worked on by one thread at a time, and its pieces reach the writer in order: of two
/// batches of one connection the second never overtakes the first, whatever the first waits for. It has
/// at most two pieces with the writer, so that others find their way in between there, too.
struct ProduceLines<Item> {
  /// What takes about a millisecond, and what takes up to a second. Each has a thread.
  enum Lane: CaseIterable {
    case short, long
  }

  struct Entry {
    var lane: Lane
    let item: Item
  }

  private struct Line {
    var entries = Fifo<Entry>()
    var withWriter = 0
    var isTaken = false
    var isReady = false

    var mayBeTaken: Bool {
      !isTaken && !isReady && !entries.isEmpty && withWriter < ProduceLines.mostWithWriter
    }
  }

  private static var mostWithWriter: Int { 2 }

  private var lines: [UInt64: Line] = [:]
  private var ready: [Lane: Fifo<UInt64>] = [:]

  init() {}

  /// Whether what comes from the connection must stand in line.
  func isBusy(_ connection: UInt64) -> Bool {
    lines[connection].map { $0.isTaken || !$0.entries.isEmpty } ?? false
  }

  /// Connections that have something here.
  var count: Int { lines.count }

  mutating func append(_ entries: [Entry], from connection: UInt64) {
    for entry in entries { lines[connection, default: Line()].entries.append(entry) }
    makeReady(connection)
  }

  /// The next line of the lane, with the first of what stands in it, at most `limit`. Nobody else gets
  /// it before `finished`.
  mutating func take(
    _ lane: Lane, limit: Int
  ) -> (connection: UInt64, items: [Item])? {
    guard ready[lane]?.isEmpty == false, let connection = ready[lane]?.removeFirst() else {
      return nil
    }
    lines[connection]?.isReady = false
    lines[connection]?.isTaken = true
    guard let line = lines[connection] else { return nil }
    var items: [Item] = []
    for index in 0..<min(limit, line.entries.count) where line.entries[index].lane == lane {
      // Up to the first of another lane.
      guard items.count == index else { break }
      items.append(line.entries[index].item)
    }
    return (connection, items)
  }

  /// - Parameter count: How many of the items are done with.
  /// - Parameter isSubmitted: Whether some of them are with the writer now.
  /// - Parameter nextIsLong: The one after them takes longer than it was thought to.
  mutating func finished(
    _ connection: UInt64, count: Int, isSubmitted: Bool, nextIsLong: Bool = false
  ) {
    for _ in 0..<count { lines[connection]?.entries.removeFirst() }
    if nextIsLong, lines[connection]?.entries.isEmpty == false {
      lines[connection]?.entries[0].lane = .long
    }
    if isSubmitted { lines[connection]?.withWriter += 1 }
    lines[connection]?.isTaken = false
    makeReady(connection)
  }

  /// The writer is done with a piece.
  mutating func settled(_ connection: UInt64) {
    lines[connection]?.withWriter -= 1
    makeReady(connection)
  }

  private mutating func makeReady(_ connection: UInt64) {
    guard let line = lines[connection] else { return }
    if line.mayBeTaken {
      lines[connection]?.isReady = true
      ready[line.entries[0].lane, default: Fifo()].append(connection)
    } else if line.entries.isEmpty, !line.isTaken, line.withWriter == 0 {
      lines[connection] = nil
    }
  }
}
