package import ActaModel
package import LogStorage

/// The storage's completions, awaited.
extension LogStorage {
  /// By somebody who waits for every one of them.
  package func observeAdvances(_ observer: @escaping @Sendable ([PartitionID]) -> Void) {
    observeAdvances(awaited: { _ in true }, observer)
  }

  package func append(
    _ batches: [PartitionAppend], _ point: AcknowledgePoint = .synced
  ) async -> [Result<AppendOutcome, StorageError>] {
    await withCheckedContinuation { done in
      append(batches, acknowledge: point) { done.resume(returning: $0) }
    }
  }

  package func create(_ topics: [NewTopic]) async -> [Result<Topic, StorageError>] {
    await withCheckedContinuation { done in createTopics(topics) { done.resume(returning: $0) } }
  }

  package func delete(_ topics: [TopicID]) async -> [Result<Topic, StorageError>] {
    await withCheckedContinuation { done in deleteTopics(topics) { done.resume(returning: $0) } }
  }

  package func grow(_ topic: TopicID, to count: Int) async -> Result<Topic, StorageError> {
    await withCheckedContinuation { done in
      createPartitions(of: topic, count: count) { done.resume(returning: $0) }
    }
  }

  package func trim(
    _ targets: [RecordDeletion], by author: TrimAuthor = TrimAuthor(cause: .deleteRecords)
  ) async -> [Result<Offset, StorageError>] {
    await withCheckedContinuation { done in
      deleteRecords(targets, by: author) { done.resume(returning: $0) }
    }
  }

  package func retain(_ policy: RetentionPolicy, _ partition: PartitionID) async -> Result<
    Int, StorageError
  > {
    await withCheckedContinuation { done in
      applyRetention(policy, to: partition) { done.resume(returning: $0) }
    }
  }

  package func producerID() async -> Result<ProducerID, StorageError> {
    await withCheckedContinuation { done in allocateProducerID { done.resume(returning: $0) } }
  }

  package func read(
    _ reads: [PartitionRead], maxBytes: Int = 1 << 20
  ) async -> [Result<ReadOutcome, StorageError>] {
    await withCheckedContinuation { done in
      read(reads, maxBytes: maxBytes) { done.resume(returning: $0) }
    }
  }

  package func find(
    _ query: TimestampQuery, _ partition: PartitionID,
    isolation: IsolationLevel = .readUncommitted
  ) async -> Result<TimestampedOffset?, StorageError> {
    await withCheckedContinuation { done in
      lookUp(query, in: partition, isolation: isolation) { done.resume(returning: $0) }
    }
  }

  package func end(
    ofEpoch epoch: LeaderEpoch, _ partition: PartitionID
  ) async -> Result<EpochEnd?, StorageError> {
    await withCheckedContinuation { done in
      endOfEpoch(epoch, in: partition) { done.resume(returning: $0) }
    }
  }

  package func producers(
    _ partition: PartitionID, atMost count: Int = .max
  ) async -> Result<[ActiveProducer], StorageError> {
    await withCheckedContinuation { done in
      producers(of: partition, atMost: count) { done.resume(returning: $0) }
    }
  }

  package func sizes(_ partitions: [PartitionID]) async -> Result<
    [PartitionID: Int64], StorageError
  > {
    await withCheckedContinuation { done in
      sizes(of: partitions) { done.resume(returning: $0) }
    }
  }
}

extension LogStorage {
  /// The outcome of a pass over one partition.
  package func compact(
    _ policy: CompactionPolicy, _ partition: PartitionID, at now: Int64
  ) async -> Result<CompactionOutcome, StorageError> {
    await withCheckedContinuation { done in
      compact([CompactionTarget(partition: partition, policy: policy)], at: now) {
        done.resume(returning: $0[0])
      }
    }
  }

  package func forgetCompaction(
    except partitions: Set<PartitionID>
  ) async -> Result<Void, StorageError> {
    await withCheckedContinuation { done in
      forgetCompaction(except: partitions) { done.resume(returning: $0) }
    }
  }
}
