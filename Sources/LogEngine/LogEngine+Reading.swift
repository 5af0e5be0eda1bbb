package import ActaModel
import Coordination
package import LogStorage

/// Reading: from memory on the calling thread, from the tables on a reader's.
extension LogEngine {
  package func whenVisible(
    _ partitions: [PartitionID],
    completion: @escaping @Sendable (Result<Void, StorageError>) -> Void
  ) {
    if shared.durability.whenVisible(partitions, completion) { hastenSync() }
  }

  package func hastenSync() { shared.syncer?.hasten() }

  package func readFromMemory(_ reads: [PartitionRead], maxBytes: Int) -> MemoryRead {
    let (found, ahead) = shared.view.read(reads, maxBytes: maxBytes)
    for place in ahead { self.ahead.read(place) }
    return found
  }

  package func readFromTables(
    _ part: PartialRead,
    completion: @escaping @Sendable ([Result<ReadOutcome, StorageError>]) -> Void
  ) {
    let (view, damage, ahead) = (shared.view, shared.damage, ahead)
    let isAccepted = reads.submit { reader in
      let results = part.completed(from: reader, by: view, ahead)
      for case .failure(let error) in results { damage.tell(error, view.catalog) }
      completion(results)
    }
    if !isAccepted { completion(part.reads.map { _ in .failure(.closed) }) }
  }

  package func lookUp(
    _ query: TimestampQuery, in partition: PartitionID, isolation: IsolationLevel,
    completion: @escaping @Sendable (Result<TimestampedOffset?, StorageError>) -> Void
  ) {
    let view = shared.view
    look(at: partition, completion) { reader throws(ReadFailure) in
      guard let bounds = view.bounds(of: partition) else { throw .unknownPartition }
      return try reader.lookUp(query, in: partition, below: bounds.end(for: isolation))
    }
  }

  package func endOfEpoch(
    _ epoch: LeaderEpoch, in partition: PartitionID,
    completion: @escaping @Sendable (Result<EpochEnd?, StorageError>) -> Void
  ) {
    let current = identity.leaderEpoch
    let view = shared.view
    look(at: partition, completion) { reader throws(ReadFailure) in
      guard let bounds = view.bounds(of: partition) else { throw .unknownPartition }
      let end = try reader.endOfEpoch(epoch, in: partition, current: current)
      // The tables may have more by now than can be seen.
      return end.map { end in
        EpochEnd(epoch: end.epoch, endOffset: min(end.endOffset, bounds.highWatermark))
      }
    }
  }

  package func producers(
    of partition: PartitionID, atMost count: Int,
    completion: @escaping @Sendable (Result<[ActiveProducer], StorageError>) -> Void
  ) {
    let view = shared.view
    let expiration = producerExpiration()
    look(at: partition, completion) { reader throws(ReadFailure) in
      guard view.bounds(of: partition) != nil else { throw .unknownPartition }
      return try reader.producers(of: partition, atMost: count) { evidence, known in
        ProducerRow.replaying(evidence, on: known, expirationMilliseconds: expiration)
      }
    }
  }

  package func sizes(
    of partitions: [PartitionID],
    completion: @escaping @Sendable (Result<[PartitionID: Int64], StorageError>) -> Void
  ) {
    let view = shared.view
    let isAccepted = reads.submit { _ in
      var sizes: [PartitionID: Int64] = [:]
      for partition in partitions { sizes[partition] = view.size(of: partition) }
      completion(.success(sizes))
    }
    if !isAccepted { completion(.failure(.closed)) }
  }

  private func look<R: Sendable>(
    at partition: PartitionID, _ completion: @escaping @Sendable (Result<R, StorageError>) -> Void,
    _ body: @escaping @Sendable (any StoreReader) throws(ReadFailure) -> R
  ) {
    let (reads, view, damage) = (reads, shared.view, shared.damage)
    whenVisible([partition]) { visible in
      if case .failure(let error) = visible { return completion(.failure(error)) }
      let isAccepted = reads.submit { reader in
        do throws(ReadFailure) {
          completion(.success(try body(reader.orThrow())))
        } catch {
          let error = error.storageError(partition: partition, offset: .zero, highWatermark: .zero)
          damage.tell(error, view.catalog)
          completion(.failure(error))
        }
      }
      if !isAccepted { completion(.failure(.closed)) }
    }
  }
}
