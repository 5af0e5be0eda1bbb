import BatchCodec
import LogStorage
import Synchronization
import Threads

/// The way of batches to the log: validated, then appended, in the order of their connection.
///
/// Small requests are validated where they came in and appended at once. Whatever takes longer stands in
/// `ProduceLines`, goes through one of two threads that nobody else needs, and is appended in pieces.
/// Unpacked batches are in memory until they are written; a batch that finds no room waits, and
/// everything behind it of its connection with it. So the verdict on a batch depends on that batch alone.
final class ProduceIntake: Sendable {
  typealias Completion = @Sendable ([Checked<AppendOutcome>]) -> Void

  private let storage: any LogStorage
  private let work: ProduceWork

  init(_ storage: any LogStorage, wallClock: @escaping @Sendable () -> Int64) {
    self.storage = storage
    work = ProduceWork(storage, wallClock: wallClock)
  }

  deinit { work.close() }

  /// Calls `completion` once with one result for each, in order, on any thread. To be called for one
  /// connection by one thread at a time.
  func append(
    _ offered: [Checked<OfferedBatch>], acknowledge point: AcknowledgePoint,
    from connection: UInt64, completion: @escaping Completion
  ) {
    if !work.isBusy(connection), let judged = validateQuickly(offered) {
      append(judged, acknowledge: point, completion: completion)
    } else {
      work.append(offered, acknowledge: point, from: connection, completion: completion)
    }
  }

  /// `nil` when that takes too long here.
  private func validateQuickly(_ offered: [Checked<OfferedBatch>]) -> [Checked<AcceptedBatch>]? {
    guard offered.count <= QuickValidation.maxBatches, !work.isShortOfRoom else { return nil }
    if offered.count > QuickValidation.maxFirst,
      firstCount(offered) > QuickValidation.maxFirst
    {
      return nil
    }
    var quick = QuickValidation()
    let now = work.wallClock()
    var judged: [Checked<AcceptedBatch>] = []
    judged.reserveCapacity(offered.count)
    for check in offered {
      switch check {
      case .failure(let error): judged.append(.failure(error))
      case .success(let batch):
        guard let result = quick.validate(batch, now: now) else { return nil }
        judged.append(
          result.map { AcceptedBatch($0, of: batch) }.mapError { ProtocolError($0) })
      }
    }
    return judged
  }

  private func firstCount(_ offered: [Checked<OfferedBatch>]) -> Int {
    offered.count { check in
      (try? check.get()).map { work.isFirst($0) } ?? false
    }
  }

  private func append(
    _ judged: [Checked<AcceptedBatch>], acknowledge point: AcknowledgePoint,
    completion: @escaping Completion
  ) {
    let accepted = judged.compactMap { try? $0.get() }
    guard !accepted.isEmpty else { return completion(judged.settled(with: []) { $0.subject }) }
    let unpacked = accepted.reduce(0) { $0 + $1.unpackedBytes }
    work.note(unpacked)
    storage.append(accepted.map(\.append), acknowledge: point) { [work] results in
      work.giveBack(unpacked)
      completion(judged.settled(with: results) { $0.subject })
    }
  }
}
