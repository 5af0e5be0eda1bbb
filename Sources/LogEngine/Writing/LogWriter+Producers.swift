import ActaModel
import Coordination
import LogStorage
import Threads

/// Storing what is known of producers while nobody waits for it, so that after a start there is little to go
/// through: every now and then, and at the end.
extension LogWriter {
  private static var sliceMicroseconds: Int64 { 2_000 }
  private static var partitionsOfTurn: Int { 500 }

  /// Partitions of which what is stored is behind.
  var unsavedProducers: [PartitionID] {
    partitions.filter { $0.value.log.hasUnsavedProducers }.map(\.key)
  }

  /// Stores a slice, a turn of its own, and takes it from `waiting`. False when there was nothing.
  func saveProducers(ofSome waiting: inout [PartitionID]) throws(StoreError) -> Bool {
    if waiting.isEmpty { return false }
    let end = Clock.monotonicMicroseconds() + Self.sliceMicroseconds
    try inTurnOfItsOwn { turn throws(StoreError) in
      repeat {
        try save(waiting.removeLast(), turn)
      } while !waiting.isEmpty && Clock.monotonicMicroseconds() < end
    }
    return true
  }

  private func save(_ id: PartitionID, _ turn: EngineTurn) throws(StoreError) {
    guard let partition = partitions[id], partition.log.hasUnsavedProducers else { return }
    try turn.saveProducers(of: partition)
  }

  /// Nothing relies on it.
  func saveProducersAtEnd() {
    var waiting = unsavedProducers
    do throws(StoreError) {
      while !waiting.isEmpty {
        try inTurnOfItsOwn(.short) { turn throws(StoreError) in
          for id in waiting.suffix(Self.partitionsOfTurn) { try save(id, turn) }
        }
        waiting.removeLast(min(waiting.count, Self.partitionsOfTurn))
      }
    } catch {
      if error.isFinal { return failStop(.failed(error.description)) }
      options.log(.info, "the next start has batches to go through for their producers: \(error)")
    }
  }
}
