import ActaModel
import Synchronization

/// The long polls that wait for data: values with a deadline, woken when a high watermark advances.
///
/// A waiter holds no buffer and no statement of the storage. It is woken exactly once, by an
/// advance of one of its partitions, by its deadline, or not at all when its connection closes; the
/// wake always happens on the connection's own executor, which does the reading.
final class FetchWaiters: Sendable {
  /// Beyond this a fetch is answered at once with what there is
  /// (LogEngine/DURABILITY.md §6, B5).
  static let maximumCount = 10_000

  typealias Token = UInt64

  private struct Waiter {
    let connectionID: UInt64
    let partitions: Set<PartitionID>
    let executor: any ConnectionExecutor
    /// Nothing until it is set: the waiter must be known before its deadline can fall due.
    var deadline: (any Cancellable)?
    let wake: @Sendable () -> Void
  }

  private struct State {
    var isStopped = false
    var nextToken: Token = 0
    var waiters: [Token: Waiter] = [:]
    var byPartition: [PartitionID: Set<Token>] = [:]
    /// A connection has at most one fetch under way: anything but Produce runs alone.
    var byConnection: [UInt64: Token] = [:]

    /// Forgets a waiter everywhere; `nil` if it was woken before.
    mutating func remove(_ token: Token) -> Waiter? {
      guard let waiter = waiters.removeValue(forKey: token) else { return nil }
      byConnection[waiter.connectionID] = nil
      for partition in waiter.partitions {
        byPartition[partition]?.remove(token)
        if byPartition[partition]?.isEmpty == true { byPartition[partition] = nil }
      }
      return waiter
    }
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.waiters.count } }

  /// Parks a fetch, however often it names a partition. `nil` when too many wait already, or when nobody may wait any more.
  ///
  /// The caller must look at the high watermarks once more after this returns: an advance between
  /// its read and this call woke nobody, and what was committed until then may wait for its sync.
  func park(
    connection: ConnectionContext, partitions: Set<PartitionID>, milliseconds: Int64,
    wake: @escaping @Sendable () -> Void
  ) -> Token? {
    let token: Token? = state.withLock { state in
      guard !state.isStopped, state.waiters.count < Self.maximumCount else { return nil }
      state.nextToken += 1
      let token = state.nextToken
      state.waiters[token] = Waiter(
        connectionID: connection.id, partitions: partitions, executor: connection.executor,
        wake: wake)
      state.byConnection[connection.id] = token
      for partition in partitions { state.byPartition[partition, default: []].insert(token) }
      return token
    }
    guard let token else { return nil }
    let deadline = connection.executor.schedule(afterMilliseconds: milliseconds) { [self] in
      if state.withLock({ $0.remove(token) }) != nil { wake() }
    }
    let isWaiting = state.withLock { state in
      state.waiters[token]?.deadline = deadline
      return state.waiters[token] != nil
    }
    // Woken already: whoever did it had no deadline to cancel.
    if !isWaiting { deadline.cancel() }
    return token
  }

  /// Whether anyone waits for one of these partitions. Any thread.
  func isAwaited(_ partitions: [PartitionID]) -> Bool {
    state.withLock { state in
      !state.waiters.isEmpty && partitions.contains { state.byPartition[$0] != nil }
    }
  }

  /// Takes a waiter back before it was woken. False if it has been woken already.
  func unpark(_ token: Token) -> Bool {
    guard let waiter = state.withLock({ $0.remove(token) }) else { return false }
    waiter.deadline?.cancel()
    return true
  }

  /// Wakes everyone who waits for one of these partitions. Any thread.
  func wake(_ partitions: [PartitionID]) {
    let woken: [Waiter] = state.withLock { state in
      guard !state.waiters.isEmpty else { return [] }
      var woken: [Waiter] = []
      for partition in partitions {
        for token in (state.byPartition[partition] ?? []).sorted() {
          if let waiter = state.remove(token) { woken.append(waiter) }
        }
      }
      return woken
    }
    for waiter in woken {
      waiter.deadline?.cancel()
      waiter.executor.execute(waiter.wake)
    }
  }

  /// Wakes everyone, and lets nobody wait any more: the broker is about to stop.
  func stop() {
    let woken = state.withLock { state in
      state.isStopped = true
      return state.waiters.keys.sorted().compactMap { state.remove($0) }
    }
    for waiter in woken {
      waiter.deadline?.cancel()
      waiter.executor.execute(waiter.wake)
    }
  }

  /// Drops what a closed connection waits for.
  func drop(connectionID: UInt64) {
    let dropped: Waiter? = state.withLock { state in
      state.byConnection[connectionID].flatMap { state.remove($0) }
    }
    dropped?.deadline?.cancel()
  }
}
