import ClientCore
import Synchronization
import Threads

/// What a consumer's caller and its thread share: what was fetched and not taken yet, and how far the caller has
/// come.
final class ConsumerBuffer: Sendable {
  struct Partition {
    var generation: UInt64
    var isPaused = false
    var bufferedBytes = 0
    /// Up to where records were given to the caller; `nil` while it is not known where to begin.
    var delivered: OffsetAndMetadata?
    /// The same when the caller asked last: it has dealt with all up to there.
    var processed: OffsetAndMetadata?
    var endOffset: Int64?
  }

  struct State {
    var partitions: [CorePartition: Partition] = [:]
    var readers: [ChunkReader] = []
    var bufferedBytes = 0
    /// Of the member's partitions, of which the program is to be told.
    var changes = Fifo<PartitionChange>()
    /// The group has been left.
    var hasLeft = false
    var failures = Fifo<ClientFailure>()
    var objection: ClientFailure?
    var isPolling = false
    var presence = ProgramPresence.here
    /// How far the program was when it left its loop.
    var deliveredToLoop: [CorePartition: OffsetAndMetadata] = [:]
    var waiting = WaitingCallers()
  }

  let state = Mutex(State())
  private let maxPartitionBytes: Int
  private let maxBytes: Int

  init(_ settings: ConsumerSettings) {
    maxPartitionBytes = Int(settings.maxPartitionFetchBytes)
    // Of no bytes at all there is a batch, for a broker sends the first one whatever it takes.
    maxBytes = max(1, Int(settings.fetchMaxBytes))
  }

  // MARK: The thread's side

  /// A partition's position has changed, or it is new; `nil` when it is not had any more.
  func begin(_ partition: CorePartition, _ generation: UInt64?, at delivered: OffsetAndMetadata?) {
    state.withLock { state in
      state.drop(partition)
      // What was in the way of the position before is no news any more.
      state.failures.removeAll {
        $0.topic == partition.topic && $0.partition == partition.partition
      }
      guard let generation else {
        state.partitions[partition] = nil
        return
      }
      var entry = Partition(generation: generation, delivered: delivered, processed: delivered)
      entry.isPaused = state.partitions[partition]?.isPaused ?? false
      state.partitions[partition] = entry
    }
  }

  /// Of the position that what is kept here belongs to; `nil` for a partition that is not had.
  func generation(of partition: CorePartition) -> UInt64? {
    state.withLock { $0.partitions[partition]?.generation }
  }

  func setPaused(_ isPaused: Bool, _ partition: CorePartition) {
    tell { $0.partitions[partition]?.isPaused = isPaused }
  }

  func add(_ chunks: [FetchedChunk], checksCRC: Bool) {
    if chunks.isEmpty { return }
    tell { state in
      for chunk in chunks where state.partitions[chunk.partition]?.generation == chunk.generation {
        state.partitions[chunk.partition]?.bufferedBytes += chunk.bytes.count
        state.partitions[chunk.partition]?.endOffset = chunk.highWatermark
        state.bufferedBytes += chunk.bytes.count
        state.readers.append(ChunkReader(chunk, checksCRC: checksCRC))
      }
    }
  }

  func fail(_ failures: [ClientFailure]) {
    if failures.isEmpty { return }
    tell { state in
      for failure in failures { state.failures.append(failure) }
    }
  }

  /// The program is to be told of a change.
  func post(_ change: PartitionChange) { tell { $0.changes.append(change) } }

  func noteLeft() { tell { $0.hasLeft = true } }

  func noteJoining() { state.withLock { $0.hasLeft = false } }

  /// From now on whoever asks is refused.
  func refuse(_ objection: ClientFailure) {
    tell { $0.objection = $0.objection ?? objection }
  }

  /// Changes something that callers may wait for.
  func tell(_ change: (inout State) -> Void) {
    let waiting = state.withLock { state in
      change(&state)
      return state.waiting.takeAll()
    }
    for signal in waiting { signal.set() }
  }

  /// - Returns: When the time of the next caller that waits is up.
  func wakeOverdue(at now: Int64) -> Int64? {
    let (overdue, next) = state.withLock { state in
      (state.waiting.takeOverdue(at: now), state.waiting.nextDeadline)
    }
    for signal in overdue { signal.set() }
    return next
  }

  /// Bytes more that are wanted of a partition.
  func room(_ partition: CorePartition) -> Int {
    state.withLock { state in
      let buffered = state.partitions[partition]?.bufferedBytes ?? 0
      return state.bufferedBytes < maxBytes ? max(0, maxPartitionBytes - buffered) : 0
    }
  }

  // MARK: The caller's side

  /// How far the caller has come in each partition of which that is known; behind a loop that was left, how far it
  /// had come there.
  var delivered: [CorePartition: OffsetAndMetadata] {
    state.withLock { $0.presence == .here ? $0.delivered : $0.deliveredToLoop }
  }

  /// How far the caller had come when it asked last.
  var processed: [CorePartition: OffsetAndMetadata] {
    state.withLock { $0.partitions.compactMapValues(\.processed) }
  }

  /// The high watermark as of the last fetch.
  func endOffset(of partition: CorePartition) -> Int64? {
    state.withLock { $0.partitions[partition]?.endOffset }
  }

  func takeChange() -> PartitionChange? {
    state.withLock { $0.changes.isEmpty ? nil : $0.changes.removeFirst() }
  }

  var hasFailures: Bool { state.withLock { !$0.failures.isEmpty } }

  var hasLeft: Bool { state.withLock { $0.hasLeft } }

  /// One caller polls at a time, and the program is there again if it was away.
  ///
  /// - Returns: `false` while the group is being left behind a loop: that is to be waited for.
  func beginPoll() throws(ClientFailure) -> Bool {
    try state.withLock { state throws(ClientFailure) in
      if let objection = state.objection { throw objection }
      if state.presence == .leaving { return false }
      if state.isPolling {
        throw Self.isPolled
      }
      state.isPolling = true
      state.noteHere()
      for (partition, entry) in state.partitions where entry.processed != entry.delivered {
        state.partitions[partition]?.processed = entry.delivered
      }
      return true
    }
  }

  static let isPolled = ClientFailure(
    .invalidArgument, "Two tasks poll this consumer at once; it is for one at a time.")

  func endPoll() { state.withLock { $0.isPolling = false } }

  /// Takes what was fetched first of partitions that are not paused.
  func take() throws(ClientFailure) -> ChunkReader? {
    try state.withLock { state throws(ClientFailure) in
      if !state.failures.isEmpty { throw state.failures.removeFirst() }
      if let objection = state.objection { throw objection }
      let index = state.readers.firstIndex {
        state.partitions[$0.chunk.partition]?.isPaused == false
      }
      return index.map { state.readers.remove(at: $0) }
    }
  }

  /// Gives a reader back, of which records were given to the caller.
  ///
  /// - Returns: Whether the records may be given: their partition is still had, and at this place. And whether the
  ///   thread may fetch more.
  func putBack(
    _ reader: ChunkReader, hasMore: Bool, leaderEpoch: Int32
  ) -> (isCurrent: Bool, wakesThread: Bool) {
    state.withLock { state in
      let chunk = reader.chunk
      guard var entry = state.partitions[chunk.partition], entry.generation == chunk.generation
      else {
        return (false, false)
      }
      entry.delivered = OffsetAndMetadata(
        reader.nextOffset,
        leaderEpoch: leaderEpoch >= 0 ? leaderEpoch : entry.delivered?.leaderEpoch)
      var wakes = false
      if hasMore {
        state.readers.insert(reader, at: 0)
      } else {
        wakes = entry.bufferedBytes >= maxPartitionBytes || state.bufferedBytes >= maxBytes
        entry.bufferedBytes -= chunk.bytes.count
        state.bufferedBytes -= chunk.bytes.count
        // With nothing left the thread may be waiting for room, or for nothing.
        wakes = wakes || entry.bufferedBytes == 0
      }
      state.partitions[chunk.partition] = entry
      return (true, wakes)
    }
  }

  /// Records from an offset on were not seen. `false` when the partition is not had any more.
  func giveBack(_ partition: CorePartition, from offset: Int64) -> Bool {
    state.withLock { state in
      guard let delivered = state.partitions[partition]?.delivered, delivered.offset > offset else {
        return false
      }
      state.partitions[partition]?.delivered = OffsetAndMetadata(offset)
      return true
    }
  }

  /// A reader that gave nothing: what is in there cannot be read.
  func putBackUnread(_ reader: ChunkReader) {
    state.withLock { state in
      guard state.partitions[reader.chunk.partition]?.generation == reader.chunk.generation else {
        return
      }
      state.readers.insert(reader, at: 0)
    }
  }

  /// Waits until there may be something to take, the task is cancelled, or the time is up.
  ///
  /// - Parameters:
  ///   - deadline: Monotonic milliseconds.
  ///   - begun: Has the thread call `wakeOverdue` when the time is up.
  func wait(until deadline: Int64, begun: () -> Void) async {
    let (waiter, signal) = beginToWait(until: deadline) { state in
      state.objection != nil || !state.failures.isEmpty || !state.changes.isEmpty
        || state.readers.contains { state.partitions[$0.chunk.partition]?.isPaused == false }
    }
    guard let waiter else { return }
    begun()
    await signal.wait()
    state.withLock { $0.waiting.remove(waiter) }
  }

  /// Waits until the program is to be told of a change, the group has been left, or the time is up; the task's
  /// cancellation does not end it.
  func waitForChange(until deadline: Int64, begun: () -> Void) async {
    let (waiter, signal) = beginToWait(until: deadline) { $0.hasLeft || !$0.changes.isEmpty }
    guard let waiter else { return }
    begun()
    await signal.waitShielded()
    state.withLock { $0.waiting.remove(waiter) }
  }

  /// `nil` if what is waited for is so already.
  func beginToWait(
    until deadline: Int64, _ isSo: (State) -> Bool
  ) -> (waiter: UInt64?, signal: AsyncSignal) {
    let signal = AsyncSignal()
    let waiter = state.withLock { state in
      isSo(state) ? nil : Optional(state.waiting.add(signal, until: deadline))
    }
    return (waiter, signal)
  }
}

extension ConsumerBuffer.State {
  fileprivate mutating func drop(_ partition: CorePartition) {
    guard let entry = partitions[partition] else { return }
    bufferedBytes -= entry.bufferedBytes
    readers.removeAll { $0.chunk.partition == partition }
  }
}
