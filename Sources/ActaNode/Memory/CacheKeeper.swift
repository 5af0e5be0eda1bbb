import CGlibc
import KafkaConfig
import LogEngine
import Threads

/// Keeps the cache of batches within what the configuration says and the system has, and the heap near what the cache
/// takes. A thread of its own, for giving memory back can take a while; it looks once a second, and at once when the
/// configuration changes.
final class CacheKeeper: Sendable {
  private static let intervalMilliseconds: Int64 = 1_000
  /// The system is given back no less at a time.
  private static let leastTrimmed = 4 << 20
  /// Where the system does not say what there is.
  private static let unknownTotal = 256 << 20

  private struct State {
    var isStopped = false
    var isChanged = false
  }

  private let monitor: Monitor<State>
  private let thread: WorkerThread

  /// - Parameter ownsHeap: What the heap has is the node's. Else it is left alone: how much too much it has cannot be
  ///   told, and giving it back would keep waiting those whose it is.
  init(
    _ storage: LogEngine, _ config: LiveConfig, memory: SystemMemory = SystemMemory(),
    ownsHeap: Bool
  ) {
    let monitor = Monitor(State())
    self.monitor = monitor
    thread = WorkerThread(name: "acta-memory") { [weak storage] in
      var limit = CacheLimit(bytes: Self.wished(config, memory.sample()))
      var surplus = HeapSurplus()
      while Self.waits(monitor), let storage {
        Self.look(storage, config, memory, &limit)
        if ownsHeap { Self.returnSurplus(storage, memory, &surplus) }
      }
    }
    config.observe { monitor.update { $0.isChanged = true } }
  }

  /// What the configuration allows the cache, in bytes.
  static func wished(_ config: LiveConfig, _ sample: MemorySample?) -> Int {
    config.current.tailCache.bytes(of: sample?.total ?? unknownTotal)
  }

  func stop() {
    monitor.update { $0.isStopped = true }
    thread.join()
  }

  /// False when it is to end.
  private static func waits(_ monitor: Monitor<State>) -> Bool {
    let deadline = Clock.monotonicDeadline(afterMilliseconds: intervalMilliseconds)
    _ = monitor.wait(until: deadline) { $0.isStopped || $0.isChanged ? () : nil }
    return monitor.withLock { state in
      state.isChanged = false
      return !state.isStopped
    }
  }

  private static func look(
    _ storage: LogEngine, _ config: LiveConfig, _ memory: SystemMemory, _ limit: inout CacheLimit
  ) {
    let used = storage.cachedBytes
    let sample = memory.sample()
    let wished = wished(config, sample)
    if let sample {
      limit.note(sample, wished: wished, used: used, at: Clock.monotonicMilliseconds())
    } else {
      limit = CacheLimit(bytes: wished)
    }
    guard limit.bytes != storage.cacheCapacity else { return }
    storage.limitCache(to: limit.bytes)
    if used - storage.cachedBytes > leastTrimmed { malloc_trim(0) }
  }

  private static func returnSurplus(
    _ storage: LogEngine, _ memory: SystemMemory, _ surplus: inout HeapSurplus
  ) {
    let time = Clock.monotonicMilliseconds()
    let cached = storage.cachedBytes
    guard let resident = memory.residentBytes(),
      surplus.isDue(resident: resident, cached: cached, at: time)
    else { return }
    malloc_trim(0)
    surplus.noteTrim(
      resident: resident, left: memory.residentBytes() ?? resident, cached: cached, at: time,
      took: Clock.monotonicMilliseconds() - time)
  }
}
