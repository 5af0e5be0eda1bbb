import ActaModel
import Coordination
import Counters
import LogStorage
import Threads

/// The one thread that writes: it drains the queue into group commits, keeps what decisions need of the
/// tables in memory, and does the slow work of housekeeping in slices.
///
/// Everything here belongs to the writer thread, except that `LogEngine.open` makes it on the caller's
/// thread before the writer thread exists, and that it is lent to one who brings a request alone
/// (`LogWriter+Lending`). What others see goes through `LogView`.
final class LogWriter {
  let options: EngineOptions
  let store: any Store
  let shared: SharedParts

  var topics = TopicTable([])
  var partitions: [PartitionID: PartitionState] = [:]
  /// What is set on others than topics.
  var configs: [ConfigEntity: [String: String]] = [:]
  /// Reserved and not given yet.
  var producerIDs: Range<ProducerID>?
  /// Whoever keeps state of the tables in memory, in the order in which they came.
  var residents: [any LogResident] = []
  /// The one among them that is asked about transactions.
  private(set) var gate: (any TransactionGate)?

  /// A group has failed, and its requests are being tried one at a time.
  var isAlone = false
  /// Turns on other threads since this one has kept house.
  var borrowedTurns = 0
  /// One of them that failed, which this thread has to deal with.
  var failedTurn: FailedTurn?
  var housekeeping = HousekeepingTimes()
  var pace = SlicePace()
  /// Damaged rows of which the log has been told.
  var told: Set<String> = []

  init(_ store: any Store, options: EngineOptions, shared: SharedParts) throws(StoreError) {
    self.options = options
    self.store = store
    self.shared = shared
    try store.syncer?.sync()
    try load()
    publishEverything()
    housekeeping.unsaved = unsavedProducers
  }

  var queue: WriteQueue { shared.queue }
  var view: LogView { shared.view }
  var latch: FailureLatch { shared.latch }
  var syncer: Syncer? { shared.syncer }

  /// The thread's body: returns when the queue is closed and empty, with everything on disk.
  func run() {
    while true {
      let work = queue.next(maxGroupWeight: options.maxGroupBytes, until: nextWakeUp())
      recoverWhatWasBorrowed()
      switch work {
      case .group(let requests, let looks):
        if !requests.isEmpty { process(requests) }
        for look in looks { look(self) }
        keepHouse(isIdle: queue.isEmpty)
      case .idle:
        lookForOthers()
        keepHouse(isIdle: true)
      case .finished:
        shutDown()
        return
      }
    }
  }

  /// Why nothing may be written now that only adds to what is stored.
  var objectionToMore: StorageError? {
    if store.isPinned { return .pinned }
    return store.isFull ? .full : nil
  }

  // MARK: What is kept in memory

  /// Takes everything from the tables, which are the truth: at the start and after a rollback. No batch
  /// and no record is read for it.
  func load() throws(StoreError) {
    try loadLogs()
    configs = try store.configs().filter { $0.key.kind != .topic }
    producerIDs = nil
  }

  func loadLogs() throws(StoreError) {
    topics = TopicTable(try store.topics())
    partitions = [:]
    for row in try store.partitions() { partitions[row.id] = PartitionState(row) }
    for transaction in try store.openTransactions() {
      partitions[transaction.partition]?.log.transactions.restore(transaction)
    }
  }

  func attach(_ resident: any LogResident) throws(StoreError) {
    residents.append(resident)
    if let resident = resident as? any TransactionGate { gate = resident }
    resident.reload(try residentTables(), because: .start)
  }

  private func residentTables() throws(StoreError) -> ResidentTables {
    ResidentTables(groups: try store.groups(), transactions: try store.transactions())
  }

  func reloadResidents(because reason: ReloadReason) throws(StoreError) {
    if residents.isEmpty { return }
    let tables = try residentTables()
    for resident in residents { resident.reload(tables, because: reason) }
  }

  // MARK: The end

  /// After an I/O error, corruption, or a commit whose result is not known, nothing that this process
  /// says about the log can be trusted. A restart reads it anew.
  func failStop(_ error: StorageError) { shared.failStop(error, log: options.log) }

  private func shutDown() {
    if latch.error == nil { saveProducersAtEnd() }
    // The sync thread must have let go of the store before that closes.
    syncer?.waitUntilIdle()
    syncer?.stop()
    guard latch.error == nil else { return }
    do {
      try store.close()
    } catch {
      options.log(.error, "closing: \(error)")
      latch.trip(.failed(error.description))
    }
  }
}

/// What the writer shares with other threads.
struct SharedParts: Sendable {
  let queue: WriteQueue
  let view: LogView
  let configs = ConfigBoard()
  let durability: Durability
  let counters: EngineCounters
  let latch: FailureLatch
  let damage: DamageReports
  /// `nil` when nothing outlives the process, and so nothing is synced.
  let syncer: Syncer?

  init(_ options: EngineOptions, syncs: Bool) {
    queue = WriteQueue(maxBytes: options.maxQueuedBytes, lending: options.lending)
    counters = EngineCounters(options.counters ?? CounterRegistry())
    view = LogView(capacity: options.tailCacheBytes, counters: counters)
    counters.watch(queue, view)
    latch = FailureLatch()
    damage = DamageReports(log: options.log)
    durability = Durability(view: view, configs: configs, latch: latch)
    syncer = syncs ? Syncer(durability: durability, patience: options.syncPatience) : nil
  }

  func failStop(_ error: StorageError, log: @Sendable (LogLevel, String) -> Void) {
    log(.error, "the storage stops: \(error)")
    latch.trip(error)
    durability.abandon(error)
    for request in queue.stop(error) { request.refuse(error) }
  }
}
