import LogEngine
import LogStorage
import LogTestSupport
import SQLite
import SQLiteLog
import SQLiteStore
import Testing

/// What the conformance suite runs against. Another implementation adds its own cases here; the
/// suite itself knows `LogStorage` only.
enum Backend: CaseIterable, CustomTestStringConvertible {
  case file
  /// A file without a cache: every read is a cold one.
  case fileWithoutCache
  /// Memory has a few batches, here and there: what is read comes from both in turn.
  case fileWithSmallCache
  case memory
  /// The engine on a store that is not SQLite.
  case scripted
  case scriptedWithoutCache
  case scriptedWithSmallCache
  /// Whoever brings a batch writes it, if nobody else does.
  case lentFile
  case lentScripted

  var testDescription: String { String(describing: self) }

  /// Opens a new storage for `body`, and closes it.
  func run(_ body: (any LogStorage) async throws -> Void) async throws {
    let place = try Place(self)
    let storage = try place.open()
    try await body(storage)
    storage.close()
    // A storage whose file is gone stops for that reason.
    withExtendedLifetime(place) {}
  }

  /// Where a log is kept, so that it can be opened again.
  struct Place {
    let backend: Backend
    private let now: @Sendable () -> Int64
    private let directory: TemporaryDirectory
    private(set) var store = ScriptedStore()
    private var kills = 0

    init(
      _ backend: Backend, now: @escaping @Sendable () -> Int64 = { 1_700_000_000_000 }
    ) throws {
      self.backend = backend
      self.now = now
      directory = try TemporaryDirectory()
    }

    /// Whether a log that is closed is there when it is opened again.
    var isLasting: Bool { backend != .memory }

    /// What is there now is what the next one opens, as if the one that has it open were killed here: it had no
    /// time to write down what it knew.
    mutating func leaveAsKilled() throws {
      switch backend {
      case .memory: return
      case .scripted, .scriptedWithoutCache, .scriptedWithSmallCache, .lentScripted:
        let tables = store.tables
        store = ScriptedStore()
        store.tables = tables
      case .file, .fileWithoutCache, .fileWithSmallCache, .lentFile:
        let connection = try Connection(path: path, mode: .readWrite)
        kills += 1
        try connection.execute("VACUUM INTO '\(path)'")
      }
    }

    private var path: String { directory.path("log\(kills).db") }

    func open() throws -> any LogStorage {
      var options = LogOptions()
      options.now = now
      // Several windows where a test has many records.
      options.compactionWindowRecords = 16
      options.maxBatchesToReplay = 8
      // Few enough for a test to reach.
      options.maxHeldPositions = 8
      options.allowsNetworkFilesystem = true
      switch backend {
      case .fileWithoutCache, .scriptedWithoutCache: options.tailCacheBytes = 0
      case .fileWithSmallCache, .scriptedWithSmallCache: options.tailCacheBytes = 3_000
      case .lentFile, .lentScripted: options.engine.lending.requestsBefore = 0
      case .file, .memory, .scripted: break
      }
      switch backend {
      case .scripted, .scriptedWithoutCache, .scriptedWithSmallCache, .lentScripted:
        return try LogEngine(store, options: options.engine)
      case .memory: return try LogEngine.open(.memory, options: options)
      case .file, .fileWithoutCache, .fileWithSmallCache, .lentFile:
        return try LogEngine.open(.file(path), options: options)
      }
    }
  }
}
