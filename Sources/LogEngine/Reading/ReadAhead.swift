import ActaModel
import LogStorage
import Threads

/// Reads what follows into memory while what was read is sent, for whoever goes through a log: a mebibyte of a
/// partition at a time, by readers that have nothing else to do. It begins where a read from the tables went on
/// with what memory had, or with the log, and left more behind; it goes on as its pieces are come to.
final class ReadAhead: Sendable {
  struct Place: Sendable {
    let partition: PartitionID
    let offset: Offset
  }

  private enum Phase: Equatable {
    case waiting(Offset)
    /// Somebody came to what has just been read, before this was known to be over: it goes on there.
    case reading(next: Offset?)
  }

  private static let bytes = 1 << 20
  /// Where memory is so short, what was read ahead would be gone before it is wanted.
  private static let leastCapacity = 32 << 20

  private let view: LogView
  private let pool: ReaderPool?
  private let phases = Monitor([PartitionID: Phase]())

  /// - Parameter pool: `nil`: nobody reads ahead.
  init(view: LogView, pool: ReaderPool?) {
    self.view = view
    self.pool = pool
  }

  func read(_ place: Place) {
    guard let pool, view.cacheCapacity >= Self.leastCapacity else { return }
    let isNew = phases.withLock { phases in
      switch phases[place.partition] {
      case nil:
        phases[place.partition] = .waiting(place.offset)
        return true
      case .waiting: return false
      case .reading:
        phases[place.partition] = .reading(next: place.offset)
        return false
      }
    }
    guard isNew else { return }
    let isAccepted = pool.submitIdle { [self] tables in run(place, tables) }
    if !isAccepted { phases.withLock { $0[place.partition] = nil } }
  }

  /// A reader wants what is not in memory: waits until what is being read ahead of the partition is there, which
  /// is not begun any more. False if there was nothing to wait for.
  func waits(for partition: PartitionID) -> Bool {
    var hasWaited = false
    phases.wait { phases -> Void? in
      guard case .reading = phases[partition] else {
        phases[partition] = nil
        return ()
      }
      hasWaited = true
      return nil
    }
    return hasWaited
  }

  private func run(_ place: Place, _ tables: Result<any StoreReader, StoreError>) {
    let begins = phases.withLock { phases in
      // Perhaps somebody has read there meanwhile, and has something else read ahead.
      guard phases[place.partition] == .waiting(place.offset) else { return false }
      phases[place.partition] = .reading(next: nil)
      return true
    }
    guard begins else { return }
    // Who comes to what cannot be read reads it and is told why.
    try? fill(place, tables)
    let phase = phases.update { $0.removeValue(forKey: place.partition) }
    if case .reading(let next?) = phase {
      read(Place(partition: place.partition, offset: next))
    }
  }

  private func fill(
    _ place: Place, _ tables: Result<any StoreReader, StoreError>
  ) throws(ReadFailure) {
    let read = PartitionRead(
      partition: place.partition, offset: place.offset, maxBytes: Self.bytes,
      isolation: .readCommitted)
    guard let limit = view.bounds(of: place.partition)?.lastStableOffset,
      place.offset < limit
    else { return }
    var nothing = ReadAllowance(bytes: 0, admitsOversized: false)
    guard let (found, generation) = view.resume(read, below: limit, &nothing),
      case .cold(let offset, let until) = found.rest, offset == place.offset
    else { return }
    let end = min(limit, until ?? limit)
    let table = try tables.orThrow().batches(
      read, below: end, allowance: ReadAllowance(bytes: Self.bytes, admitsOversized: true))
    view.fill(
      place.partition,
      CachedRun(table, from: offset, below: end, lastStableOffset: limit, isAhead: true),
      asOf: generation)
  }
}
