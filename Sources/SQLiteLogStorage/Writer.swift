import ActaModel
import Glibc
import LogStorage
import SQLite

/// The one thread that writes: it drains the queue into group commits, keeps the copies of what the
/// tables say, checkpoints, and does the slow work of deletion in slices.
///
/// Everything here belongs to the writer thread, except that `open` makes it on the caller's thread
/// before the writer thread exists. What others see goes through `LogView`.
final class Writer {
  let options: Options
  let queue: WriteQueue
  let view: LogView
  let durability: Durability
  let latch: FailureLatch
  let syncer: Syncer?
  let file: DatabaseFile?
  let leaderEpoch: Int32
  let instanceID: String

  // Statements go before the table they read and the connection they belong to.
  var inserts: RecordInserts
  let statements: WriterStatements
  let groupStatements: GroupStatements
  let batchTable: BatchTable
  /// Reads for the writer itself; with a database in memory, for everyone.
  let coldReader: ColdReader
  let connection: Connection
  let logFile: WriteAheadLogFile?

  var catalog = WorkingCatalog()
  var partitions: [PartitionID: PartitionState] = [:]
  var producerIDs: Range<Int64> = 0..<0
  var groupIDs: [ExactText: Int64] = [:]
  var auditState = AuditState()
  /// Whoever keeps groups in memory.
  var resident: (any GroupResident)?
  var dataVersion: Int64 = 0

  /// What the transaction has changed; published after its commit, forgotten after a rollback.
  var changes = GroupChanges()
  /// The wall clock at the start of the transaction, epoch milliseconds.
  var now: Int64 = 0

  /// A group has failed, and its requests are being tried one at a time.
  var isAlone = false

  var checkpoints: CheckpointState
  var background = BackgroundState()
  private let fileIdentity: DatabaseFile.Identity?

  init(
    connection: consuming Connection, file: DatabaseFile?, start: StartRecord, options: Options,
    shared: SharedParts
  ) throws {
    self.options = options
    self.file = file
    queue = shared.queue
    view = shared.view
    durability = shared.durability
    latch = shared.latch
    syncer = shared.syncer
    leaderEpoch = start.leaderEpoch
    instanceID = start.instanceID
    batchTable = try BatchTable(on: connection)
    statements = try WriterStatements(on: connection)
    groupStatements = try GroupStatements(on: connection)
    coldReader = try ColdReader(prepare: connection.preparer())
    inserts = RecordInserts(capacity: options.preparedInserts)
    logFile = file == nil ? nil : try connection.writeAheadLogFile()
    checkpoints = CheckpointState(observing: connection)
    fileIdentity = file?.identity()
    self.connection = connection
    try logFile?.sync()
    dataVersion = try readDataVersion()
    try load()
    publishEverything()
  }

  /// The thread's body: returns when the queue is closed and empty, with everything on disk.
  func run() {
    while true {
      switch queue.next(maxGroupBytes: options.maxGroupBytes, until: nextWakeUp()) {
      case .group(let requests, let looks):
        if !requests.isEmpty { process(requests) }
        for look in looks { look(self) }
        maintain(isIdle: queue.isEmpty)
      case .idle:
        pollForeignWrites()
        maintain(isIdle: true)
      case .finished:
        shutDown()
        return
      }
    }
  }

  /// After an I/O error, corruption, or a commit whose result is not known, nothing that this
  /// process says about the log can be trusted. A restart reads it anew.
  func failStop(_ error: StorageError) {
    Self.failStop(error, queue: queue, latch: latch, log: options.log)
  }

  static func failStop(
    _ error: StorageError, queue: WriteQueue, latch: FailureLatch,
    log: @Sendable (LogLevel, String) -> Void
  ) {
    log(.error, "the storage stops: \(error)")
    latch.trip(error)
    for request in queue.stop(error) { request.refuse(error) }
  }

  /// Somebody has renamed or replaced the file under us.
  func checkIdentity() {
    guard let file, let fileIdentity, file.identity() != fileIdentity else { return }
    failStop(.failed("\(file.path) is no longer the file that was opened"))
  }

  private func shutDown() {
    // The sync thread must have let go of the log's file before the connection closes it.
    syncer?.waitUntilIdle()
    syncer?.stop()
    guard latch.error == nil else { return }
    do {
      guard file != nil else { return }
      try logFile?.sync()
      let result = try connection.checkpoint(.truncate)
      if result.isBusy { options.log(.info, "a reader kept the log from being emptied at the end") }
    } catch {
      options.log(.error, "closing: \(error)")
      latch.trip(.failed(String(describing: error)))
    }
  }
}

/// What the writer shares with other threads.
struct SharedParts: Sendable {
  let queue: WriteQueue
  let view: LogView
  let durability: Durability
  let latch: FailureLatch
  let syncer: Syncer?
}

/// What a start wrote into `cluster`.
struct StartRecord: Sendable {
  let clusterID: String
  let leaderEpoch: Int32
  let instanceID: String
}

/// What a transaction has changed so far.
struct GroupChanges {
  var dirty: [PartitionState] = []
  var cached: [LogView.CachedBatch] = []
  var isCatalogChanged = false
  var removedPartitions: [PartitionID] = []
  /// `messages_<n>` that must be made anew.
  var changedViews: Set<Int64> = []
  /// Another process has written: publish everything.
  var isReloaded = false
  /// A coordinator was at work, and what it has in memory is true only if the transaction is.
  var hasCoordinated = false

  /// After a rollback: what another process had written is still to be published. `isThere` says
  /// which partitions there are.
  mutating func republish(_ lost: GroupChanges, unless isThere: (PartitionID) -> Bool) {
    guard lost.isReloaded else { return }
    isReloaded = true
    isCatalogChanged = true
    removedPartitions = lost.removedPartitions.filter { !isThere($0) }
  }
}
