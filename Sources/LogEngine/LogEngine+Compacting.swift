package import ActaModel
package import LogStorage

extension LogEngine {
  /// Entries of the index that are dropped in a turn.
  private static let forgottenKeys = 2_000

  package func compact(
    _ targets: [CompactionTarget], at now: Int64,
    completion: @escaping @Sendable ([Result<CompactionOutcome, StorageError>]) -> Void
  ) {
    compactor.submit(targets, at: now, completion: completion)
  }

  package func forgetCompaction(
    except partitions: Set<PartitionID>,
    completion: @escaping @Sendable (Result<Void, StorageError>) -> Void
  ) {
    compactor.forget(except: partitions)
    let queue = shared.queue
    let isAccepted = reads.submit { reader in
      do throws(ReadFailure) {
        let stored = try reader.orThrow().compactedPartitions()
        Self.forget(stored.filter { !partitions.contains($0) }, through: queue, completion)
      } catch {
        completion(
          .failure(
            error.storageError(partition: PartitionID(0), offset: .zero, highWatermark: .zero)))
      }
    }
    if !isAccepted { completion(.failure(.closed)) }
  }

  private static func forget(
    _ partitions: [PartitionID], through queue: WriteQueue,
    _ completion: @escaping @Sendable (Result<Void, StorageError>) -> Void
  ) {
    if partitions.isEmpty { return completion(.success(())) }
    queue.enqueue(
      .sliced(
        partitions[...], queue: queue, completion: completion, refuse: { completion(.failure($0)) },
        slice: { turn, partitions in
          guard let first = partitions.first else { return .done(.success(())) }
          let hasMore = try turn.rows.forgetCompaction(of: first, limit: forgottenKeys)
          let rest = hasMore ? partitions : partitions.dropFirst()
          return rest.isEmpty ? .done(.success(())) : .more(rest)
        }))
  }
}
