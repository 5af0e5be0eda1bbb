import LogStorage
import Migrations
import SQLite
import Threads

extension SQLiteLogStorage {
  /// Opens the database, or makes it; brings it to the newest schema; takes a new leader epoch.
  ///
  /// When it returns, everything that can be read is on disk: after a crash rows can be visible
  /// that were never synced, so the write-ahead log is moved into the file and a commit at FULL
  /// follows before anyone is served.
  package static func open(_ location: Location, options: Options) throws -> SQLiteLogStorage {
    try open(location, options: options, migrations: Migration.all)
  }

  static func open(
    _ location: Location, options: Options, migrations: [Migration]
  ) throws -> SQLiteLogStorage {
    let file = try location.file(options)
    let lock = try file.map { file throws(OpeningError) in try DatabaseLock(for: file) }
    let connection = try ConnectionSetup.openWriter(
      path: file?.path ?? ":memory:", vfs: options.vfs)
    if file != nil { try connection.emptyLog(options) }
    try SchemaMigrator(migrations: migrations, nowMilliseconds: options.now()).migrate(connection)
    if let maxBytes = options.maxDatabaseBytes {
      try ConnectionSetup.limit(connection, toBytes: maxBytes)
    }
    let start = try connection.recordStart(nowMilliseconds: options.now())

    let shared = SharedParts(options, hasFile: file != nil)
    let writer = try Writer(
      connection: connection, file: file, start: start, options: options, shared: shared)
    let reads: ReadExecutor =
      file.map { .pool(ReaderPool(path: $0.path, options: options)) } ?? .writer(shared.queue)
    let identity = LogIdentity(
      clusterID: start.clusterID, leaderEpoch: start.leaderEpoch,
      location: file?.path ?? ":memory:")
    return SQLiteLogStorage(
      identity: identity, shared: shared, reads: reads,
      threads: startThreads(writer, shared: shared, options: options), lock: lock)
  }

  private static func startThreads(
    _ writer: Writer, shared: SharedParts, options: Options
  ) -> [WorkerThread] {
    var threads: [WorkerThread] = []
    if let syncer = shared.syncer, let logFile = writer.logFile {
      threads.append(
        WorkerThread(name: "acta-sync") {
          syncer.run(logFile) { error in
            let failure = StorageError.failed(error.description)
            Writer.failStop(
              failure, queue: shared.queue, latch: shared.latch, log: options.log)
            return failure
          }
        })
    }
    // The writer moves to its thread here; nothing else keeps a reference.
    threads.insert(WorkerThread(name: "acta-write") { writer.run() }, at: 0)
    return threads
  }
}

extension Location {
  fileprivate func file(_ options: Options) throws(OpeningError) -> DatabaseFile? {
    switch self {
    case .memory: nil
    case .file(let path):
      try DatabaseFile.prepare(path, allowsNetworkFilesystem: options.allowsNetworkFilesystem)
    }
  }
}

extension SharedParts {
  fileprivate init(_ options: Options, hasFile: Bool) {
    queue = WriteQueue(maxBytes: options.maxQueuedBytes)
    view = LogView(capacity: options.tailCacheBytes)
    latch = FailureLatch()
    durability = Durability(view: view, latch: latch)
    syncer = hasFile ? Syncer(durability: durability) : nil
  }
}

extension Connection {
  fileprivate func emptyLog(_ options: Options) throws {
    try ConnectionSetup.withFullSync(self) {
      // A reader in another process may keep the log; the commit at FULL that follows syncs it.
      if try checkpoint(.truncate).isBusy {
        options.log(.warning, "a reader kept the write-ahead log from being emptied at the start")
      }
    }
  }

  /// Takes the next leader epoch and a new instance id, on disk when this returns.
  fileprivate func recordStart(nowMilliseconds: Int64) throws -> StartRecord {
    var random = SystemRandomNumberGenerator()
    let instance = Base64.urlSafe(high: random.next(), low: random.next())
    let fresh = Base64.urlSafe(high: random.next(), low: random.next())
    var record: StartRecord?
    try ConnectionSetup.withFullSync(self) {
      let transaction = try beginImmediate()
      let clusterID = try clusterValue("cluster_id") ?? fresh
      let last = try clusterValue("leader_epoch").flatMap { Int32($0) } ?? -1
      if try clusterValue("created_at") == nil {
        try setClusterValue("created_at", String(nowMilliseconds))
      }
      try setClusterValue("cluster_id", clusterID)
      try setClusterValue("leader_epoch", String(last + 1))
      try setClusterValue("instance_id", instance)
      try transaction.commit()
      record = StartRecord(clusterID: clusterID, leaderEpoch: last + 1, instanceID: instance)
    }
    guard let record else { preconditionFailure("the transaction has returned") }
    return record
  }

  private func clusterValue(_ key: String) throws(SQLiteError) -> String? {
    try text("SELECT value FROM cluster WHERE key = \(SQL.literal(key))")
  }

  private func setClusterValue(_ key: String, _ value: String) throws(SQLiteError) {
    try execute(
      "INSERT OR REPLACE INTO cluster(key, value) VALUES (\(SQL.literal(key)), \(SQL.literal(value)))"
    )
  }
}
