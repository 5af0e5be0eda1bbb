import ActaModel
import LogStorage
import SQLite
import Threads

extension SQLiteLogStorage {
  package func attach(_ resident: any GroupResident) throws(StorageError) {
    let answer = Monitor<Result<Void, StorageError>?>(nil)
    let isAccepted = queue.enqueueLook { writer in
      let result: Result<Void, StorageError>
      do throws(SQLiteError) {
        try writer.attach(resident)
        result = .success(())
      } catch {
        result = .failure(.failed(error.description))
      }
      answer.update { $0 = result }
    }
    guard isAccepted else { throw .closed }
    try answer.wait { $0 }.get()
  }

  package func coordinate(
    _ work: @escaping @Sendable (any GroupTransaction) throws -> @Sendable () -> Void,
    refuse: @escaping @Sendable (StorageError) -> Void
  ) {
    enqueue(
      WriteRequest(
        bytes: WriteRequest.smallSize, point: .synced,
        apply: { writer, _ in
          writer.changes.hasCoordinated = true
          return try work(LentTransaction(writer: writer))
        }, refuse: refuse))
  }

  package func trimAudit(
    olderThan time: Int64, completion: @escaping @Sendable (Result<Int, StorageError>) -> Void
  ) {
    enqueue(.auditTrim(olderThan: time, deletedBefore: 0, queue: queue, completion))
  }
}

extension WriteRequest {
  /// A slice; the rest is queued again behind others.
  fileprivate static func auditTrim(
    olderThan time: Int64, deletedBefore: Int, queue: WriteQueue,
    _ completion: @escaping @Sendable (Result<Int, StorageError>) -> Void
  ) -> WriteRequest {
    WriteRequest(
      bytes: smallSize, point: .synced,
      apply: { writer, _ in
        var slice = try writer.trimAudit(olderThan: time)
        // Without rows to delete there is no need to look for names that have lost their last.
        if slice == 0, deletedBefore > 0 { slice = try writer.trimAuditNames() }
        let deleted = deletedBefore + slice
        if slice == 0 { return { completion(.success(deleted)) } }
        return {
          queue.enqueue(
            .auditTrim(olderThan: time, deletedBefore: deleted, queue: queue, completion))
        }
      },
      refuse: { completion(.failure($0)) })
  }
}
