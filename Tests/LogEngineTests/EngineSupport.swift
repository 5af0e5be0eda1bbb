import ActaModel
import BatchCodec
import LogEngine
import LogStorage
import LogTestSupport
import ModelLiterals
import Synchronization

enum Batches {
  static func of(_ value: String) throws -> ProducedBatch {
    var builder = BatchBuilder()
    builder.append(timestamp: 1_700_000_000_000, key: nil, value: Array(value.utf8))
    var rules = BatchRules()
    rules.timestampAfterMaxMilliseconds = .max
    return try ProducedBatch.validate(builder.finish(), rules: rules, now: 1_700_000_000_000)
  }
}

extension Result where Success == AppendOutcome, Failure == StorageError {
  var offset: Offset? { (try? get())?.baseOffset }

  var refusal: StorageError? {
    if case .failure(let error) = self { error } else { nil }
  }
}

/// Counts how often it was given the tables.
final class CountingResident: LogResident {
  private let count = Atomic<Int>(0)
  var reloads: Int { count.load(ordering: .relaxed) }

  func reload(_ tables: ResidentTables, because reason: ReloadReason) {
    count.add(1, ordering: .relaxed)
  }
}

/// The engine's completions, awaited.
extension LogEngine {
  @discardableResult
  func makeTopic(named name: String = "t") async throws -> PartitionID {
    let id = TopicID(high: 1, low: UInt64(name.utf8.count))
    let topic = NewTopic(id: id, name: name, partitionCount: 1)
    let results = await withCheckedContinuation { done in
      createTopics([topic]) { done.resume(returning: $0) }
    }
    return try results[0].get().partitions[0]
  }

  func deleteTopic(_ id: TopicID) async throws {
    let results = await withCheckedContinuation { done in
      deleteTopics([id]) { done.resume(returning: $0) }
    }
    _ = try results[0].get()
  }

  /// One batch for each value, all in one request.
  func append(
    _ values: [String], to partition: PartitionID
  ) async -> [Result<AppendOutcome, StorageError>] {
    let appends = values.compactMap { value in
      (try? Batches.of(value)).map { PartitionAppend(partition: partition, batch: $0) }
    }
    return await withCheckedContinuation { done in
      append(appends, acknowledge: .synced) { done.resume(returning: $0) }
    }
  }

  /// Runs `work` in a turn; the refusal, if there is one.
  func decide(
    _ work: @escaping @Sendable (any LogTurn) throws -> Void
  ) async -> StorageError? {
    await withCheckedContinuation { done in
      turn(
        { lent in
          try work(lent)
          return { done.resume(returning: nil) }
        }, refuse: { done.resume(returning: $0) })
    }
  }
}
