package import ActaModel
import BatchCodec
package import LogStorage

extension LogEngine {
  package func append(
    _ batches: [PartitionAppend], acknowledge: AcknowledgePoint,
    completion: @escaping @Sendable ([Result<AppendOutcome, StorageError>]) -> Void
  ) {
    let bytes = batches.reduce(0) { $0 + $1.batch.bytes.count }
    // What was unpacked has been let in by whoever unpacked it: here it only takes time.
    let unpacked = batches.reduce(0) { $0 + ($1.batch.uncompressedRecords?.count ?? 0) }
    let first = shared.view.emptyCount(of: batches)
    let queue = shared.queue
    let isAlone = queue.noteAppend()
    let answer = { @Sendable (results: [Result<AppendOutcome, StorageError>]) in
      queue.noteAnswer()
      completion(results)
    }
    write(
      WriteRequest(
        bytes: bytes, weight: bytes + unpacked + first * CatalogWeight.firstRecords,
        point: acknowledge,
        apply: { turn, mode in
          let results = try turn.append(batches, mode: mode)
          return { answer(results) }
        },
        refuse: { error in answer(batches.map { _ in .failure(error) }) }), isAlone: isAlone)
  }

  /// By the calling thread, if nobody else has anything to write.
  private func write(_ request: WriteRequest, isAlone: Bool) {
    // A thread that others wait for as well does not wait for a slow disk.
    let isQuick = request.point == .committed || shared.syncer?.isQuick ?? true
    guard isQuick, shared.queue.borrow(for: request, isAlone: isAlone) else {
      return shared.queue.enqueue(request)
    }
    loan.serve(request)
  }

  package func createTopics(
    _ topics: [NewTopic],
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) {
    if topics.count == 1, topics[0].partitionCount > CatalogWeight.partitionsOfSlice {
      return createLargeTopic(topics[0]) { completion([$0]) }
    }
    let weight = topics.reduce(0) {
      $0 + CatalogWeight.topic + CatalogWeight.partition * $1.partitionCount
    }
    shared.queue.enqueue(
      .each(topics, weight: weight, completion) { turn, topic in try turn.createTopic(topic) })
  }

  private func createLargeTopic(
    _ topic: NewTopic, completion: @escaping @Sendable (Result<Topic, StorageError>) -> Void
  ) {
    let queue = shared.queue
    queue.enqueue(
      .sliced(
        nil, weight: CatalogWeight.partitionsOfSlice * CatalogWeight.partition, queue: queue,
        abandon: { staged in
          guard let staged else { return }
          // Should this be refused, too, the next start does it.
          queue.enqueue(
            .single({ (_: Result<Void, StorageError>) in }, { .success(try $0.discard(staged)) }))
        },
        completion: completion, refuse: { completion(.failure($0)) },
        slice: { turn, staged in try turn.createLargeTopic(topic, after: staged) }))
  }

  package func deleteTopics(
    _ topics: [TopicID], by author: ConfigAuthor,
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) {
    shared.queue.enqueue(
      .each(topics, weight: CatalogWeight.deletion * topics.count, completion) { turn, topic in
        try turn.deleteTopic(topic, by: author)
      })
  }

  package func createPartitions(
    of topic: TopicID, count: Int,
    completion: @escaping @Sendable (Result<Topic, StorageError>) -> Void
  ) {
    let queue = shared.queue
    let ofSlice = min(max(0, count), CatalogWeight.partitionsOfSlice)
    queue.enqueue(
      .sliced(
        false, weight: CatalogWeight.partition * ofSlice, queue: queue,
        abandon: { hasStaged in
          guard hasStaged else { return }
          // Should this be refused, too, the next growth or the next start sees to it.
          queue.enqueue(
            .single({ (_: Result<Void, StorageError>) in }) {
              .success(try $0.discardGrowth(of: topic))
            })
        },
        completion: completion, refuse: { completion(.failure($0)) },
        slice: { turn, hasStaged in
          try turn.createPartitions(of: topic, count: count, hasStaged: hasStaged)
        }))
  }

  package func allocateProducerID(
    completion: @escaping @Sendable (Result<ProducerID, StorageError>) -> Void
  ) {
    shared.queue.enqueue(.single(completion) { turn in .success(try turn.nextProducerID()) })
  }

  package func deleteRecords(
    _ targets: [RecordDeletion], by author: TrimAuthor,
    completion: @escaping @Sendable ([Result<Offset, StorageError>]) -> Void
  ) {
    let queue = shared.queue
    whenVisible(targets.map(\.partition)) { visible in
      if case .failure(let error) = visible {
        return completion(targets.map { _ in .failure(error) })
      }
      Self.delete(
        targets.map { RunningDeletion(target: $0) }, by: author, through: queue,
        completion: completion)
    }
  }

  private struct RunningDeletion {
    var target: RecordDeletion
    var pass: TrimPass?
    /// What came of it, once it is done.
    var outcome: Result<Offset, StorageError>?

    func slice(in turn: EngineTurn, by author: TrimAuthor) throws(StoreError) -> RunningDeletion {
      var next = self
      switch try turn.deleteRecords(target, by: author, after: pass) {
      case .failure(let error): next.outcome = .failure(error)
      case .success(let slice):
        // "The high watermark" is the one of the first slice.
        next.target = RecordDeletion(partition: target.partition, beforeOffset: slice.target)
        next.pass = slice.pass
        if slice.isComplete { next.outcome = .success(slice.logStartOffset) }
      }
      return next
    }
  }

  private static func delete(
    _ targets: [RunningDeletion], by author: TrimAuthor, through queue: WriteQueue,
    completion: @escaping @Sendable ([Result<Offset, StorageError>]) -> Void
  ) {
    queue.enqueue(
      .sliced(
        targets, queue: queue, completion: completion,
        refuse: { error in completion(targets.map { _ in .failure(error) }) },
        slice: { turn, targets in
          let running = try targets.map {
            try $0.outcome == nil ? $0.slice(in: turn, by: author) : $0
          }
          let outcomes = running.compactMap(\.outcome)
          return outcomes.count == running.count
            ? .done(outcomes) : .more(running, pause: turn.slicePause)
        }))
  }

  private struct RunningRetention {
    var deleted = 0
    var pass: TrimPass?
  }

  package func applyRetention(
    _ policy: RetentionPolicy, to partition: PartitionID,
    completion: @escaping @Sendable (Result<Int, StorageError>) -> Void
  ) {
    shared.queue.enqueue(
      .sliced(
        RunningRetention(), queue: shared.queue, completion: completion,
        refuse: { completion(.failure($0)) },
        slice: { turn, running in
          switch try turn.applyRetention(policy, to: partition, after: running.pass) {
          case .failure(let error): return .done(.failure(error))
          case .success(let slice):
            let deleted = running.deleted + slice.deleted
            return slice.isComplete
              ? .done(.success(deleted))
              : .more(
                RunningRetention(deleted: deleted, pass: slice.pass), pause: turn.slicePause)
          }
        }))
  }
}
