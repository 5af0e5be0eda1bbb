package import ActaModel
package import LogStorage
import Threads

extension LogEngine {
  package func attach(_ resident: any LogResident) throws(StorageError) {
    let answer = Monitor<Result<Void, StorageError>?>(nil)
    let isAccepted = shared.queue.enqueueLook { writer in
      let result: Result<Void, StorageError>
      do throws(StoreError) {
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

  package func turn(
    _ work: @escaping @Sendable (any LogTurn) throws -> @Sendable () -> Void,
    refuse: @escaping @Sendable (StorageError) -> Void
  ) {
    shared.queue.enqueue(
      WriteRequest(
        bytes: WriteRequest.smallSize, point: .synced,
        apply: { turn, _ in
          turn.changes.hasCoordinated = true
          return try work(turn)
        }, refuse: refuse))
  }

  package func trimAudit(
    olderThan time: Int64, completion: @escaping @Sendable (Result<Int, StorageError>) -> Void
  ) {
    shared.queue.enqueue(
      .sliced(
        0, queue: shared.queue, completion: completion, refuse: { completion(.failure($0)) },
        slice: { turn, deletedBefore in
          var slice = try turn.rows.trimAudit(olderThan: time)
          // Without rows to delete there is no need to look for names that have lost their last.
          if slice == 0, deletedBefore > 0 { slice = try turn.rows.trimAuditNames() }
          return slice == 0 ? .done(.success(deletedBefore)) : .more(deletedBefore + slice)
        }))
  }
}
