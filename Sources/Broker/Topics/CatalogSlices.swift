import ActaModel
import LogStorage

/// Changes of the catalog a few at a time: each slice is a turn of the writer's, and other writes get
/// theirs in between. A slice takes a few milliseconds with ten thousand topics.
///
/// Every item is done whole or not at all; a request that is cut by a crash may have done some of them,
/// as with Kafka, where each topic is a change of its own.
struct CatalogSlices<Item: Sendable, Value: Sendable>: Sendable {
  typealias Outcome = Result<Value, StorageError>

  /// What one item counts for.
  let weight: @Sendable (Item) -> Int
  /// Whether to go on. What is left after "no" is answered `abandoned`.
  let isWanted: @Sendable () -> Bool
  /// Does a slice; one result for each item, in order, on any thread.
  let run: @Sendable ([Item], @escaping @Sendable ([Outcome]) -> Void) -> Void

  init(
    weight: @escaping @Sendable (Item) -> Int, isWanted: @escaping @Sendable () -> Bool = { true },
    run: @escaping @Sendable ([Item], @escaping @Sendable ([Outcome]) -> Void) -> Void
  ) {
    self.weight = weight
    self.isWanted = isWanted
    self.run = run
  }

  /// Calls `completion` with one result for each item, in order.
  func callAsFunction(_ items: [Item], completion: @escaping @Sendable ([Outcome]) -> Void) {
    go(items[...], after: [], completion)
  }

  private func go(
    _ items: ArraySlice<Item>, after done: [Outcome],
    _ completion: @escaping @Sendable ([Outcome]) -> Void
  ) {
    guard !items.isEmpty else { return completion(done) }
    guard isWanted() else {
      return completion(done + items.map { _ in .failure(CatalogSlice.abandoned) })
    }
    let count = CatalogSlice.count(of: items.lazy.map(weight))
    run(Array(items.prefix(count))) { results in
      go(items.dropFirst(count), after: done + results, completion)
    }
  }
}

enum CatalogSlice {
  /// What a slice may weigh, in partitions' rows; a single item may weigh more. They take four
  /// milliseconds.
  static let capacity = 2_000
  /// Whoever did not get round to leaving altogether asks again.
  static let abandoned = StorageError.unknownTopic

  static func weight(creating partitions: Int) -> Int { 20 + partitions }

  /// A view is dropped, for which SQLite reads the whole schema.
  static func weight(deleting partitions: Int) -> Int { 500 + partitions }

  /// How many items make a slice; at least one.
  static func count(of weights: some Sequence<Int>) -> Int {
    var (total, count) = (0, 0)
    for weight in weights {
      total += weight
      if count > 0, total > capacity { break }
      count += 1
    }
    return max(1, count)
  }
}
