package import ActaModel
import BatchCodec

/// What a database must do for a log: take rows of the model in turns, give snapshots to readers, say
/// what others have changed. It decides nothing: what is written where is the engine's affair.
///
/// A store belongs to one thread, the engine's writer. Only what is `Sendable` here is for others.
package protocol Store: AnyObject {
  /// The log that is kept here, with the leader epoch that this start has taken, durably.
  var identity: LogIdentity { get }

  /// Makes what was committed survive a loss of power; `nil` where nothing outlives the process.
  var syncer: (any StoreSyncer)? { get }

  /// Opens readers on other threads; `nil` where the writer's thread has to read for all.
  var readers: (any StoreReaderSource)? { get }

  /// A reader on the writer's thread, for use between turns and inside them.
  var reader: any StoreReader { get }

  /// Begins a turn: from here to its end no other process writes. `busy` when one does and does
  /// not stop.
  ///
  func begin(at now: Int64, _ patience: TurnPatience) throws(StoreError) -> any StoreTurn

  /// Whether others have written since the last turn began; may be asked at any time between turns,
  /// and costs next to nothing.
  func othersHaveWritten() throws(StoreError) -> Bool

  // MARK: What there is, between turns or inside one

  func topics() throws(StoreError) -> [Topic]
  /// As the batches that were appended last have left them.
  func partitions() throws(StoreError) -> [PartitionRow]
  /// What is set on whom, topics included, whose own is also with them in `topics`.
  func configs() throws(StoreError) -> [ConfigEntity: [String: String]]
  /// Every group with its members, as of one moment.
  func groups() throws(StoreError) -> [StoredGroup]
  /// Every transactional id.
  func transactions() throws(StoreError) -> [TransactionRow]
  /// What is open in partitions.
  func openTransactions() throws(StoreError) -> [OpenTransaction]

  /// What it takes, between turns.
  func space() throws(StoreError) -> StoreSpace

  // MARK: Housekeeping, between turns

  /// Whether so much is committed to a place of passage (a write-ahead log) that no more may be, because
  /// a reader keeps it from being moved on.
  var isPinned: Bool { get }
  /// Whether the disk is full, so that nothing may be taken that only adds: what room there is belongs to
  /// what frees some, and to groups.
  var isFull: Bool { get }
  /// Moves what is committed to its place when that is due. Before it does, `settle` must return: a
  /// sync that is under way on another thread would meet it. Nobody is served meanwhile: it is made earlier, and is the
  /// shorter for it, where there is nothing else to do, and later where there is.
  func checkpointIfDue(
    _ moment: () -> CheckpointMoment, settle: () -> Void
  ) throws(StoreError)
  /// The disk was found full: makes what room can be made.
  func relieve(settle: () -> Void) throws(StoreError)
  /// Whether there is slow work to do in slices: space to free, an index that is behind.
  var hasSlices: Bool { get }
  /// One slice, a turn of its own of a few milliseconds.
  func slice() throws(StoreError)
  /// Throws when what is written no longer arrives where the log was opened.
  func checkIdentity() throws(StoreError)

  /// Everything is on disk when this returns. The last call.
  func close() throws(StoreError)
}

/// What else there is to do when a checkpoint may be due.
package enum CheckpointMoment: Sendable {
  /// Nothing, as far as one knows.
  case idle
  case ordinary
  /// A group waits to be applied, and could be while the one before it is synced.
  case inconvenient
}

/// How long it is waited for another process that writes.
package enum TurnPatience: Sendable {
  /// Not at all: there is somebody else who can wait.
  case none
  /// What can be done later is not worth a long wait.
  case short
  /// Nothing else can be done meanwhile, so as long as makes sense.
  case long
}

/// What a database takes, in bytes.
package struct StoreSpace: Equatable, Sendable {
  /// All of it, apart from the log.
  package var file: Int64
  /// Of that, what the next records will take before it grows.
  package var free: Int64
  /// What is committed to a place of passage.
  package var log: Int64

  package init(file: Int64 = 0, free: Int64 = 0, log: Int64 = 0) {
    self.file = file
    self.free = free
    self.log = log
  }
}

/// Called by one thread at a time, which need not be the writer's.
package protocol StoreSyncer: Sendable {
  func sync() throws(StoreError)
}

package protocol StoreReaderSource: Sendable {
  /// To be called on the thread that will read.
  func open() throws(StoreError) -> any StoreReader
}

/// What another writer has changed.
package struct StoreChanges: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Topics, but not the configuration set on them.
  package static let topics = StoreChanges(rawValue: 1 << 0)
  package static let partitions = StoreChanges(rawValue: 1 << 1)
  package static let producers = StoreChanges(rawValue: 1 << 2)
  /// Groups and members.
  package static let groups = StoreChanges(rawValue: 1 << 3)
  /// What is set on topics, brokers, groups.
  package static let configs = StoreChanges(rawValue: 1 << 4)
  /// Transactional ids, and what partitions remember of transactions.
  package static let transactions = StoreChanges(rawValue: 1 << 5)
  package static let everything: StoreChanges = [
    .topics, .partitions, .producers, .groups, .configs, .transactions,
  ]
}
