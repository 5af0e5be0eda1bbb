package import ActaModel
package import LogStorage
import ModelLiterals
import Synchronization
import Threads

/// A store in memory, without SQLite: a whole one, that fails or waits where a test says, and remembers
/// what it was asked.
///
/// `@unchecked Sendable`: its tables belong to the engine's threads one at a time, as a store's do;
/// what tests look at stands behind the lock.
package final class ScriptedStore: Store, @unchecked Sendable {
  /// Where a failure can be put.
  package enum Step: Hashable, Sendable {
    case begin, append, stage, grow, writePartition, range, rewrite, index, commit, sync, relieve
  }

  private struct Script {
    /// `nil` where it goes well.
    var failures: [Step: [StoreError?]] = [:]
    var calls: [String] = []
    var held: Set<Step> = []
    var changesByOthers = StoreChanges()
    var isFull = false
  }

  private let script = Monitor(Script())
  package var tables = ScriptedTables()

  package let identity = LogIdentity(
    clusterID: "scripted", leaderEpoch: 3, location: "nowhere")
  package private(set) var syncer: (any StoreSyncer)?
  package let readers: (any StoreReaderSource)? = nil

  package init(syncs: Bool = true) {
    if syncs { syncer = ScriptedSyncer(store: self) }
  }

  package var reader: any StoreReader { ScriptedReader(store: self) }

  // MARK: The script

  /// The next times that `step` is reached, these happen, one each.
  package func fail(_ step: Step, with errors: StoreError...) {
    script.update { $0.failures[step, default: []] += errors.map(Optional.some) }
  }

  /// As above, but `count` times it goes well before.
  package func fail(_ step: Step, after count: Int, with error: StoreError) {
    script.update { script in
      script.failures[step, default: []] += Array(repeating: nil, count: count) + [error]
    }
  }

  /// Those that have not happened yet do not happen any more.
  package func forgiveFailures() { script.update { $0.failures = [:] } }

  /// Whoever reaches `step` stays there until it is released.
  package func hold(_ step: Step) { script.update { _ = $0.held.insert(step) } }

  package func release(_ step: Step) { script.update { _ = $0.held.remove(step) } }

  /// Returns when `step` has been reached so often, which it may be held at.
  package func waitUntilReached(_ step: Step, times: Int) {
    script.wait { script in script.calls.count { $0 == "\(step)" } >= times ? () : nil }
  }

  package func othersChange(_ changes: StoreChanges) {
    script.update { $0.changesByOthers.formUnion(changes) }
  }

  /// What was asked of the store, in order.
  package var calls: [String] { script.withLock { $0.calls } }

  package func note(_ call: String) { script.update { $0.calls.append(call) } }

  func reach(_ step: Step) throws(StoreError) {
    note("\(step)")
    let failure = script.wait { script -> StoreError?? in
      if script.held.contains(step) { return nil }
      guard var next = script.failures[step], !next.isEmpty else { return .some(nil) }
      let failure: StoreError? = next.removeFirst()
      script.failures[step] = next
      return .some(failure)
    }
    if let failure { throw failure }
  }

  func takeChangesByOthers() -> StoreChanges {
    script.withLock { script in
      defer { script.changesByOthers = [] }
      return script.changesByOthers
    }
  }

  // MARK: Store

  package func begin(at now: Int64, _ patience: TurnPatience) throws(StoreError) -> any StoreTurn {
    try reach(.begin)
    return ScriptedTurn(self, at: now)
  }

  package func othersHaveWritten() throws(StoreError) -> Bool {
    script.withLock { !$0.changesByOthers.isEmpty }
  }

  package func topics() throws(StoreError) -> [Topic] { tables.topics }
  package func partitions() throws(StoreError) -> [PartitionRow] {
    note("load")
    return tables.partitions.values.map { tables.current($0) }
  }
  package func configs() throws(StoreError) -> [ConfigEntity: [String: String]] { tables.configs }
  package func groups() throws(StoreError) -> [StoredGroup] { tables.groups.map(\.stored) }
  package func transactions() throws(StoreError) -> [TransactionRow] {
    Array(tables.transactions.values)
  }
  package func openTransactions() throws(StoreError) -> [OpenTransaction] {
    tables.openTransactions
  }

  package func space() throws(StoreError) -> StoreSpace { StoreSpace() }
  package var isPinned: Bool { false }
  /// From when room had to be made until a test says that there is some.
  package var isFull: Bool { script.withLock { $0.isFull } }
  package func freeRoom() { script.update { $0.isFull = false } }
  package func checkpointIfDue(
    _ moment: () -> CheckpointMoment, settle: () -> Void
  ) throws(StoreError) {}
  package func relieve(settle: () -> Void) throws(StoreError) {
    settle()
    script.update { $0.isFull = true }
    try reach(.relieve)
  }
  package var hasSlices: Bool { false }
  package func slice() throws(StoreError) {}
  package func checkIdentity() throws(StoreError) {}
  package func close() throws(StoreError) { note("close") }
}

private final class ScriptedSyncer: StoreSyncer {
  // The store keeps it, and outlives it.
  private unowned let store: ScriptedStore

  init(store: ScriptedStore) { self.store = store }

  func sync() throws(StoreError) { try store.reach(.sync) }
}
