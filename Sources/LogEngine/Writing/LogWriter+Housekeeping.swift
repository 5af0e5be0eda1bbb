import ActaModel
import Coordination
import LogStorage
import Threads

/// When what is done next; monotonic milliseconds.
struct HousekeepingTimes {
  var nextSlice: Int64 = 0
  /// When others have last written: who writes one record after the other leaves the queue empty in between,
  /// and would have a slice to wait for each time.
  var lastWrite: Int64 = .min / 2
  /// After a failure nothing is tried before this.
  var notBefore: Int64 = 0
  var nextCheck: Int64 = 0
  var nextSpaceLine: Int64 = 0
  var nextExpiry: Int64 = 0
  /// Partitions of which it is to be stored what is known of producers, before any is forgotten; `nil` between
  /// two passes.
  var unsaved: [PartitionID]?
}

/// Slow work in slices, each a turn of its own of a few milliseconds: the store's own, silent producers,
/// and looking whether the file is still ours. An idle writer does slice after slice; one to whom others come
/// does one now and then.
extension LogWriter {
  private static var busySliceInterval: Int64 { 50 }
  private static var quietAfter: Int64 { 20 }
  private static var spaceLineInterval: Int64 { 60_000 }
  private static var checkInterval: Int64 { 900 }
  private static var expiryInterval: Int64 { 600_000 }
  private static var retryInterval: Int64 { 1_000 }
  private static var expirySlice: Int { 1_000 }

  /// When to wake without being asked to.
  func nextWakeUp() -> Int64 {
    let time = Clock.monotonicMilliseconds()
    let poll = min(
      time + Int64(max(1, options.foreignPollMilliseconds)), syncer?.nextDue ?? .max)
    guard latch.error == nil, store.hasSlices, time >= housekeeping.notBefore else { return poll }
    return isQuiet(at: time) ? time : min(poll, housekeeping.lastWrite + Self.quietAfter)
  }

  func isQuiet(at time: Int64) -> Bool {
    time - housekeeping.lastWrite >= Self.quietAfter
  }

  /// A turn in which records or groups were written.
  func noteWrite() { housekeeping.lastWrite = Clock.monotonicMilliseconds() }

  func keepHouse(isIdle: Bool) {
    borrowedTurns = 0
    guard latch.error == nil else { return }
    do throws(StoreError) {
      try store.checkpointIfDue {
        checkpointMoment
      } settle: {
        syncer?.waitUntilIdle()
      }
    } catch {
      return failStop(.failed(error.description))
    }
    let time = Clock.monotonicMilliseconds()
    syncer?.hastenWhatIsDue(at: time)
    checkIdentity(at: time)
    let isFree = isIdle && isQuiet(at: time)
    guard isFree || time >= housekeeping.nextSlice, time >= housekeeping.notBefore else { return }
    housekeeping.nextSlice = time + Self.busySliceInterval
    do throws(StoreError) {
      if store.hasSlices { try store.slice() }
      if time >= housekeeping.nextExpiry {
        housekeeping.nextExpiry = try expireProducers() ? time : time + Self.expiryInterval
      }
    } catch {
      putOff(error)
    }
  }

  private var checkpointMoment: CheckpointMoment {
    if queue.isEmpty { return .idle }
    // The next group is applied rather than waiting for the sync.
    return syncer?.isSyncing == true ? .inconvenient : .ordinary
  }

  /// Whether the file is still ours, and still where it was; whatever else may be put off.
  private func checkIdentity(at time: Int64) {
    guard time >= housekeeping.nextCheck else { return }
    housekeeping.nextCheck = time + Self.checkInterval
    do throws(StoreError) {
      try store.checkIdentity()
      try noteSpace(at: time)
    } catch {
      putOff(error)
    }
  }

  private func noteSpace(at time: Int64) throws(StoreError) {
    let space = try store.space()
    let live = view.sizeBytes
    shared.counters.note(space, live: live)
    guard time >= housekeeping.nextSpaceLine else { return }
    // At the start there is nothing to say yet.
    defer { housekeeping.nextSpaceLine = time + Self.spaceLineInterval }
    guard housekeeping.nextSpaceLine > 0 else { return }
    options.log(
      .debug,
      """
      batches have \(live) bytes, the file \(space.file), of which \(space.free) are free; the log \
      \(space.log)
      """)
  }

  /// No request waits for this: a busy database or a full disk only puts it off.
  func putOff(_ error: StoreError) {
    if error.isFinal { return failStop(.failed(error.description)) }
    options.log(.warning, "background work is put off: \(error)")
    housekeeping.notBefore = Clock.monotonicMilliseconds() + Self.retryInterval
  }

  /// Forgets producers that have been silent for too long. True when there may be more.
  ///
  /// Before that, what is known of all is stored: a row that is behind would be taken for silent, and a batch
  /// would bring back who was forgotten.
  private func expireProducers() throws(StoreError) -> Bool {
    var unsaved = housekeeping.unsaved ?? unsavedProducers
    if try saveProducers(ofSome: &unsaved) {
      housekeeping.unsaved = unsaved
      return true
    }
    housekeeping.unsaved = []
    if try deleteProducers() { return true }
    housekeeping.unsaved = nil
    return false
  }

  private func deleteProducers() throws(StoreError) -> Bool {
    let now = options.now()
    let turn = try store.begin(at: now, .long)
    let count: Int
    do throws(StoreError) {
      count = try turn.deleteProducers(
        silentSince: now - options.producerExpiration(), limit: Self.expirySlice)
      _ = try turn.commit()
    } catch {
      turn.rollBack()
      throw error
    }
    guard count > 0 else { return false }
    for partition in partitions.values { partition.log.forgetProducers() }
    return count == Self.expirySlice
  }
}
