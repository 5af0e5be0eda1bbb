import ActaModel
import BatchCodec
import LogStorage

extension SQLiteLogStorage {
  package func append(
    _ batches: [PartitionAppend], acknowledge: AcknowledgePoint,
    completion: @escaping @Sendable ([Result<AppendOutcome, StorageError>]) -> Void
  ) {
    let bytes = batches.reduce(0) { $0 + $1.batch.queuedSize }
    enqueue(
      WriteRequest(
        bytes: bytes, point: acknowledge,
        apply: { writer, mode in
          let results = try writer.append(batches, mode: mode)
          return { completion(results) }
        },
        refuse: { error in completion(batches.map { _ in .failure(error) }) }))
  }

  package func createTopics(
    _ topics: [NewTopic],
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) {
    enqueue(.each(topics, completion) { writer, topic in try writer.createTopic(topic) })
  }

  package func deleteTopics(
    _ topics: [TopicID],
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) {
    enqueue(.each(topics, completion) { writer, topic in try writer.deleteTopic(topic) })
  }

  package func createPartitions(
    of topic: TopicID, count: Int,
    completion: @escaping @Sendable (Result<Topic, StorageError>) -> Void
  ) {
    enqueue(
      .single(completion) { writer in try writer.createPartitions(of: topic, count: count) })
  }

  package func allocateProducerID(
    completion: @escaping @Sendable (Result<Int64, StorageError>) -> Void
  ) {
    enqueue(.single(completion) { writer in .success(try writer.nextProducerID()) })
  }

  package func deleteRecords(
    _ targets: [RecordDeletion],
    completion: @escaping @Sendable ([Result<Int64, StorageError>]) -> Void
  ) {
    enqueue(.deletion(targets, queue: queue, completion))
  }

  package func applyRetention(
    _ policy: RetentionPolicy, to partition: PartitionID,
    completion: @escaping @Sendable (Result<Int, StorageError>) -> Void
  ) {
    enqueue(.retention(policy, partition, deletedBefore: 0, queue: queue, completion))
  }
}

extension ProducedBatch {
  /// What a batch takes in the queue.
  fileprivate var queuedSize: Int { bytes.count + (uncompressedRecords?.count ?? 0) }
}

extension WriteRequest {
  /// What a request without records counts for.
  static var smallSize: Int { 256 }

  /// One result per item, each independent of the others.
  fileprivate static func each<Item: Sendable, R: Sendable>(
    _ items: [Item], _ completion: @escaping @Sendable ([Result<R, StorageError>]) -> Void,
    _ apply: @escaping @Sendable (Writer, Item) throws -> Result<R, StorageError>
  ) -> WriteRequest {
    WriteRequest(
      bytes: smallSize * max(1, items.count), point: .synced,
      apply: { writer, _ in
        let results = try items.map { try apply(writer, $0) }
        return { completion(results) }
      },
      refuse: { error in completion(items.map { _ in .failure(error) }) })
  }

  fileprivate static func single<R: Sendable>(
    _ completion: @escaping @Sendable (Result<R, StorageError>) -> Void,
    _ apply: @escaping @Sendable (Writer) throws -> Result<R, StorageError>
  ) -> WriteRequest {
    WriteRequest(
      bytes: smallSize, point: .synced,
      apply: { writer, _ in
        let result = try apply(writer)
        return { completion(result) }
      },
      refuse: { completion(.failure($0)) })
  }

  /// A slice of each deletion; if one needs more, the rest is queued again behind others.
  fileprivate static func deletion(
    _ targets: [RecordDeletion], queue: WriteQueue,
    _ completion: @escaping @Sendable ([Result<Int64, StorageError>]) -> Void
  ) -> WriteRequest {
    WriteRequest(
      bytes: smallSize, point: .synced,
      apply: { writer, _ in
        let slices = try targets.map { try writer.deleteRecords($0) }
        guard slices.contains(where: { (try? $0.get())?.isComplete == false }) else {
          let results = slices.map { $0.map(\.logStartOffset) }
          return { completion(results) }
        }
        // "The high watermark" is the one of the first slice.
        let rest = zip(targets, slices).map { target, slice in
          guard case .success(let slice) = slice else { return target }
          return RecordDeletion(partition: target.partition, beforeOffset: slice.target)
        }
        return { queue.enqueue(.deletion(rest, queue: queue, completion)) }
      },
      refuse: { error in completion(targets.map { _ in .failure(error) }) })
  }

  fileprivate static func retention(
    _ policy: RetentionPolicy, _ partition: PartitionID, deletedBefore: Int, queue: WriteQueue,
    _ completion: @escaping @Sendable (Result<Int, StorageError>) -> Void
  ) -> WriteRequest {
    WriteRequest(
      bytes: smallSize, point: .synced,
      apply: { writer, _ in
        switch try writer.applyRetention(policy, to: partition) {
        case .failure(let error): return { completion(.failure(error)) }
        case .success(let slice):
          let deleted = deletedBefore + slice.deleted
          if slice.isComplete { return { completion(.success(deleted)) } }
          return {
            queue.enqueue(
              .retention(policy, partition, deletedBefore: deleted, queue: queue, completion))
          }
        }
      },
      refuse: { completion(.failure($0)) })
  }
}
