package import ActaModel
package import LogStorage
package import Migrations
import SQLite

/// A log's tables in one SQLite file that any stock SQLite can read. It decides nothing: each table type
/// owns its statements, a turn is one transaction over all of them, and maintenance keeps the file and
/// its write-ahead log small.
package final class SQLiteStore: Store {
  package let identity: LogIdentity
  package let syncer: (any StoreSyncer)?
  package let readers: (any StoreReaderSource)?

  let instanceID: String
  let database: Database
  let topicTables: TopicTables
  let configTable: ConfigTable
  let records: RecordTables
  let batches: BatchesTable
  let partitionTable: PartitionTable
  let producers: ProducerTable
  let groupTables: GroupTables
  let positionTable: PositionTable
  let heldPositions: HeldPositions
  let transactionTable: TransactionTable
  let ranges: TransactionRanges
  let trail: AuditTrail
  let quotas: ClientQuotaTable
  let losses: UnreadLosses
  let compaction: CompactionTables
  let cluster: ClusterTable
  let marks: ChangeMarks
  private let triggers: TriggerSwitch
  private let schemaPace = SchemaPace()
  let reclaimer: Reclaimer
  /// Reads for the writer itself; with a database in memory, for everyone.
  let ownReader: SQLiteReader
  let checkpointer: Checkpointer?
  private let options: SQLiteOptions
  private let file: DatabaseFile?
  let openFiles: OpenFiles?
  /// The log has lost its name and holds what the database does not have yet.
  var mustRescueLog = false
  let reserve: DiskReserve
  private let lock: DatabaseLock?
  /// `nil` until an application comes that has SQL.
  private var application: ApplicationStatements?
  /// A turn was rolled back in which triggers may have come or gone.
  private var mustLookAtTriggers = false

  /// Opens the database, or makes it; brings it to the newest schema; takes a new leader epoch.
  ///
  /// When it returns, everything that can be read is on disk: after a crash rows can be visible
  /// that were never synced, so the write-ahead log is moved into the file and a commit at FULL
  /// follows before anyone is served.
  package static func open(
    _ location: Location, options: SQLiteOptions, migrations: [Migration] = Migration.all
  ) throws -> SQLiteStore {
    let file = try location.file(options)
    let lock = try file.map { file throws(OpeningError) in try DatabaseLock(for: file) }
    let reserve = DiskReserve(for: file, bytes: options.reserveBytes, log: options.log)
    reserve.makeRoomToOpen()
    if let file, let lock {
      DamagedLog.look(
        at: file, mayHaveLostPower: lock.mayHaveLostPower, now: options.now(), log: options.log)
    }
    let connection = try ConnectionSetup.openWriter(
      path: file?.path ?? ":memory:", vfs: options.vfs)
    if file != nil { try connection.emptyLog(options) }
    try SchemaMigrator(migrations: migrations, nowMilliseconds: options.now()).migrate(connection)
    try ConnectionSetup.beginServing(connection)
    if let maxBytes = options.maxDatabaseBytes {
      try ConnectionSetup.limit(connection, toBytes: maxBytes)
    }
    let store = try SQLiteStore(
      Database(connection), file: file, lock: lock, reserve: reserve, options: options)
    reserve.takeUp()
    return store
  }

  private init(
    _ database: Database, file: DatabaseFile?, lock: DatabaseLock?, reserve: DiskReserve,
    options: SQLiteOptions
  ) throws {
    self.database = database
    self.file = file
    self.lock = lock
    self.reserve = reserve
    self.options = options
    cluster = try ClusterTable(database)
    let start = try cluster.recordStart(
      nowMilliseconds: options.now(), newClusterID: options.clusterID)
    instanceID = start.instanceID
    identity = LogIdentity(
      clusterID: start.clusterID, leaderEpoch: start.leaderEpoch,
      location: file?.path ?? ":memory:")
    try ViewUpgrade.run(database, cluster)
    records = try RecordTables(database, preparedInserts: options.preparedInserts)
    try RecordGuard.complete(in: database)
    try PartitionStaging.discardLeftovers(database)
    configTable = ConfigTable(database, log: options.log)
    batches = try BatchesTable(database)
    partitionTable = try PartitionTable(database)
    producers = try ProducerTable(database)
    groupTables = try GroupTables(database)
    trail = try AuditTrail(database, sliceRows: options.auditSliceRows)
    positionTable = try PositionTable(database, groups: groupTables, trail: trail)
    heldPositions = HeldPositions(database, groups: groupTables, positions: positionTable)
    transactionTable = TransactionTable(database)
    ranges = try TransactionRanges(database)
    topicTables = TopicTables(
      database, records: records, positions: positionTable, schema: schemaPace)
    quotas = ClientQuotaTable(database)
    losses = try UnreadLosses(database)
    compaction = CompactionTables(database)
    marks = try ChangeMarks(database)
    triggers = try TriggerSwitch(database)
    reclaimer = Reclaimer(database, records: records, schema: schemaPace, options: options)
    ownReader = try SQLiteReader(sharing: database)
    checkpointer = file.map {
      Checkpointer(database, file: $0, reserve: reserve, options: options)
    }
    syncer = try file.map { _ in LogFileSyncer(file: try database.connection.writeAheadLogFile()) }
    readers = file.map { ReaderSource(path: $0.path, vfs: options.vfs) }
    openFiles = try file.map { file throws(OpeningError) in try OpenFiles(of: file) }
    reclaimer.afterVacuum = { [checkpointer] in checkpointer?.noteShorterFile() }
    checkpointer?.afterCheckpoint = { [openFiles] in openFiles?.noteCheckpoint() }
    database.connection.setBusyTimeout(milliseconds: ConnectionSetup.writerPatience)
    // Last: a trigger that cannot be compiled must keep nothing from being prepared.
    try triggers.look()
  }

  package var reader: any StoreReader { ownReader }

  /// After a rollback: whatever tables keep in memory may never have been.
  func forget() {
    doubt()
    topicTables.forget()
    if application?.hasChangedSchema == true { mustLookAtTriggers = true }
  }

  /// After a part of a turn was taken back: what the rest has changed stays noted.
  func doubt() {
    records.doubt()
    trail.forget()
    heldPositions.forget()
    groupTables.forget()
    topicTables.doubt()
  }

  /// Another process has written, or an application here: it may have made triggers, too.
  func lookAtTriggers() throws(SQLiteError) { try triggers.look() }

  /// A part of a turn was taken back.
  func lookAtTriggersTakenBack() throws(SQLiteError) {
    if application?.hasChangedSchema == true { try triggers.look() }
  }

  func applicationStatements() throws(SQLiteError) -> ApplicationStatements {
    if let application { return application }
    let made = try ApplicationStatements(database) { [triggers] () throws(SQLiteError) in
      try triggers.look()
    }
    application = made
    return made
  }

  func tell(_ level: LogLevel, _ sentence: String) { options.log(level, sentence) }

  /// Commits that have left something in the write-ahead log.
  var commits: Int { checkpointer?.commits ?? 0 }

  // MARK: Turns

  package func begin(
    at now: Int64, _ patience: TurnPatience
  ) throws(StoreError) -> any StoreTurn {
    if patience == .none { database.connection.setBusyTimeout(milliseconds: 0) }
    defer {
      if patience == .none {
        database.connection.setBusyTimeout(milliseconds: ConnectionSetup.writerPatience)
      }
    }
    var wait = LockWait(file, options)
    while true {
      do throws(SQLiteError) {
        let transaction = try database.connection.beginImmediate()
        wait.hasEnded()
        try beginSchema()
        return SQLiteTurn(self, transaction, at: now)
      } catch {
        guard error.isBusy, patience == .long, wait.goesOn() else { throw StoreError(error) }
      }
    }
  }

  private func beginSchema() throws(SQLiteError) {
    application?.forget()
    guard mustLookAtTriggers else { return }
    try triggers.look()
    mustLookAtTriggers = false
  }

  package func othersHaveWritten() throws(StoreError) -> Bool {
    file == nil ? false : try translated { try marks.othersHaveWritten() }
  }

  package func topics() throws(StoreError) -> [Topic] {
    try translated { try topicTables.topics(with: try configTable.overrides()) }
  }

  package func configs() throws(StoreError) -> [ConfigEntity: [String: String]] {
    try translated { try configTable.overrides() }
  }

  package func partitions() throws(StoreError) -> [PartitionRow] {
    try translated {
      try partitionTable.rows(newestEpoch: identity.leaderEpoch) { error in
        tell(
          .error,
          "the last batch of a partition tells nothing of where its log ends, which goes on behind"
            + " the records that are there: \(error)")
      }
    }
  }

  package func groups() throws(StoreError) -> [StoredGroup] {
    try translated { try groupTables.all() }
  }

  package func transactions() throws(StoreError) -> [TransactionRow] {
    try translated { try transactionTable.all() }
  }

  package func openTransactions() throws(StoreError) -> [OpenTransaction] {
    try translated { try ranges.open() }
  }
}

// MARK: - Housekeeping

extension SQLiteStore {
  package func space() throws(StoreError) -> StoreSpace {
    try translated {
      StoreSpace(
        file: (try database.integer("PRAGMA page_count") ?? 0) * ConnectionSetup.pageSize,
        free: (try database.integer("PRAGMA freelist_count") ?? 0) * ConnectionSetup.pageSize,
        log: Int64(checkpointer?.logBytes ?? 0))
    }
  }

  package var isPinned: Bool { checkpointer?.isAtLimit ?? false }

  package var isFull: Bool { reserve.isFull }

  package func checkpointIfDue(
    _ moment: () -> CheckpointMoment, settle: () -> Void
  ) throws(StoreError) {
    try translated {
      reserve.newTurn(logBytes: Int64(checkpointer?.logBytes ?? 0))
      try checkpointer?.checkpointIfDue(moment, settle: settle)
      if reserve.isDue { try lookForRoom(settle: settle) }
    }
  }

  package func relieve(settle: () -> Void) throws(StoreError) {
    reserve.refuse()
    try translated { try checkpointer?.relieve(settle: settle) }
  }

  /// While the disk is full: what is free in the database goes back to it, until the reserve has room.
  private func lookForRoom(settle: () -> Void) throws {
    let wasFull = reserve.isFull
    if wasFull { try checkpointer?.relieve(settle: settle) }
    let isFull = !reserve.restore()
    if wasFull, !isFull { reserve.tellRoom() }
    reclaimer.givesAllBack = isFull
  }

  package var hasSlices: Bool {
    reclaimer.hasSlices || trail.mayHaveRowsToIndex || topicTables.hasSlices
  }

  package func slice() throws(StoreError) {
    try translated {
      if topicTables.hasSlices {
        try topicTables.slice(at: options.now())
        reclaimer.noteDeletion()
      }
      if reclaimer.hasSlices { try reclaimer.slice() }
      if try trail.hasRowsToIndex() { try trail.indexSlice() }
    }
  }

  package func close() throws(StoreError) {
    guard file != nil else { return }
    try syncer?.sync()
    database.connection.setBusyTimeout(milliseconds: ConnectionSetup.readerPatience)
    let result = try translated { try database.connection.checkpoint(.truncate) }
    if result.isBusy { options.log(.info, "a reader kept the log from being emptied at the end") }
  }
}

/// Syncs the write-ahead log's file, apart from a COMMIT.
private struct LogFileSyncer: StoreSyncer {
  let file: WriteAheadLogFile

  func sync() throws(StoreError) {
    do throws(SQLiteError) {
      try file.sync()
    } catch {
      throw StoreError.device(error.description)
    }
  }
}

private struct ReaderSource: StoreReaderSource {
  let path: String
  let vfs: String?

  func open() throws(StoreError) -> any StoreReader {
    try translated {
      try SQLiteReader(Database(try ConnectionSetup.openReader(path: path, vfs: vfs)))
    }
  }
}

extension Location {
  fileprivate func file(_ options: SQLiteOptions) throws(OpeningError) -> DatabaseFile? {
    switch self {
    case .memory: nil
    case .file(let path):
      try DatabaseFile.prepare(path, allowsNetworkFilesystem: options.allowsNetworkFilesystem)
    }
  }
}

extension Connection {
  fileprivate func emptyLog(_ options: SQLiteOptions) throws {
    try ConnectionSetup.withFullSync(self) {
      setBusyTimeout(milliseconds: ConnectionSetup.readerPatience)
      defer { setBusyTimeout(milliseconds: ConnectionSetup.startPatience) }
      // A reader in another process may keep the log; the commit at FULL that follows syncs it.
      if try checkpoint(.truncate).isBusy {
        options.log(.warning, "a reader kept the write-ahead log from being emptied at the start")
      }
    }
  }
}
