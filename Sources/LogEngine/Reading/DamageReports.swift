import ActaModel
import LogStorage
import Synchronization

/// Tells of batches that cannot be given to consumers, once each: a consumer asks for one again and
/// again, and so may many.
final class DamageReports: Sendable {
  private struct Place: Hashable {
    let partition: PartitionID
    let offset: Offset
  }

  private static let longest = 10_000

  private let told = Mutex<Set<Place>>([])
  private let log: @Sendable (LogLevel, String) -> Void

  init(log: @escaping @Sendable (LogLevel, String) -> Void) { self.log = log }

  /// Errors of other kinds are none of its business.
  func tell(_ error: StorageError, _ catalog: Catalog) {
    guard case .corrupt(let partition, let offset, let reason) = error else { return }
    let isNew = told.withLock { told in
      if told.count >= Self.longest { told = [] }
      return told.insert(Place(partition: partition, offset: offset)).inserted
    }
    guard isNew else { return }
    let place = catalog.location(of: partition).map {
      "topic \($0.topic.name), partition \($0.number)"
    }
    log(
      .error,
      "the batch at offset \(offset) of \(place ?? "a deleted topic") (table"
        + " records_\(partition.value)) is not what was produced, and no consumer is given it:"
        + " \(reason)")
  }
}
