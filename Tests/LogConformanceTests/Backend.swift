import LogEngine
import LogStorage
import LogTestSupport
import SQLiteLog
import SQLiteStore
import Testing

/// What the conformance suite runs against. Another implementation adds its own cases here; the
/// suite itself knows `LogStorage` only.
enum Backend: CaseIterable, CustomTestStringConvertible {
  case file
  /// A file without a tail cache: every read is a cold one.
  case fileWithoutCache
  case memory
  /// The engine on a store that is not SQLite.
  case scripted
  case scriptedWithoutCache

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
    let store = ScriptedStore()

    init(
      _ backend: Backend, now: @escaping @Sendable () -> Int64 = { 1_700_000_000_000 }
    ) throws {
      self.backend = backend
      self.now = now
      directory = try TemporaryDirectory()
    }

    /// Whether a log that is closed is there when it is opened again.
    var isLasting: Bool { backend != .memory }

    func open() throws -> any LogStorage {
      var options = LogOptions()
      options.now = now
      // Several windows where a test has many records.
      options.compactionWindowRecords = 16
      // Few enough for a test to reach.
      options.maxHeldPositions = 8
      options.allowsNetworkFilesystem = true
      switch backend {
      case .fileWithoutCache, .scriptedWithoutCache: options.tailCacheBytes = 0
      case .file, .memory, .scripted: break
      }
      switch backend {
      case .scripted, .scriptedWithoutCache:
        return try LogEngine(store, options: options.engine)
      case .memory: return try LogEngine.open(.memory, options: options)
      case .file, .fileWithoutCache:
        return try LogEngine.open(.file(directory.path("log.db")), options: options)
      }
    }
  }
}
