import ActaModel
import BatchCodec
import Coordination
import LogStorage

/// One pass over a partition: window after window, each in this order.
///
/// 1. Read the window, and look the older records of its keys up in the index.
/// 2. Delete what is superseded, from the oldest on, batch after batch.
/// 3. Put the window's keys into the index, and with the last of them move the first dirty offset.
///
/// It may end after any slice, in a crash as well: a record is deleted only when a newer one of its key is
/// there for good, and the window that was begun is read again, what is left of it. So what the index says
/// is behind what is true and never ahead of it.
struct CompactionPass {
  /// What a slice on the writer may take: some milliseconds.
  enum Slice {
    static let records = 2_000
    static let batches = 128
    static let keys = 1_000
  }

  /// What is read at once.
  private static let readBytes = 1 << 20
  /// What is read at once where few batches are concerned.
  private static let sparseBytes = 0
  private static let denseBytes = 256 << 10

  let id: PartitionID
  let policy: CompactionPolicy
  let start: Offset
  let now: Int64
  private let limits: CompactionWindow.Limits
  let access: CompactionAccess
  private(set) var state: CompactionState
  private(set) var outcome = CompactionOutcome()
  /// Something was written, and so the state, too.
  private(set) var hasWritten = false
  /// Whether the batches that were read last were mostly concerned.
  private var isDense = true

  /// - Parameter start: Of the log.
  init(
    _ target: CompactionTarget, start: Offset, state: CompactionState, at now: Int64,
    _ limits: CompactionWindow.Limits, _ access: CompactionAccess
  ) {
    id = target.partition
    policy = target.policy
    self.start = start
    self.state = state
    self.now = now
    self.limits = limits
    self.access = access
  }

  // MARK: Windows

  /// Cleans what is below `end`, where a batch begins.
  mutating func clean(below end: Offset) throws(CompactionFailure) {
    while state.firstDirtyOffset < end {
      var window = CompactionWindow(from: max(start, state.firstDirtyOffset), limits: limits)
      try read(&window, below: end)
      let entries = window.entriesInOrder
      let older = try lookUp(entries, olderThan: window.start)
      let kept = try delete(window, older)
      try index(entries, replacing: older.filter { !kept.contains($0.offset.value) }, window.end)
      outcome.scanned += window.recordCount
    }
  }

  private func read(
    _ window: inout CompactionWindow, below end: Offset
  ) throws(CompactionFailure) {
    while window.end < end, !window.isFull {
      let batches = try batches(from: window.end, below: end, bytes: Self.readBytes)
      if batches.isEmpty { return window.moveEnd(to: end) }
      for batch in batches {
        // A damaged one supersedes nothing, and loses nothing.
        guard let bytes = batch.bytes, window.take(bytes, isAborted: batch.isAborted) else {
          window.moveEnd(to: batch.lastOffset + 1)
          continue
        }
        if window.isFull { return }
      }
    }
  }

  private func lookUp(
    _ entries: [CompactionWindow.Entry], olderThan start: Offset
  ) throws(CompactionFailure) -> [CompactionKey] {
    if state.keyCount == 0 { return [] }
    var found: [CompactionKey] = []
    var rest = entries[...]
    while !rest.isEmpty {
      let hashes = rest.prefix(Slice.keys).map { Int64(bitPattern: $0.hash) }.withoutRepeats
      rest = rest.dropFirst(Slice.keys)
      let id = id
      found += try access.read { reader throws(ReadFailure) in
        try reader.compactionKeys(of: id, hashes: hashes)
      }
    }
    return found.filter { $0.offset < start }
  }

  // MARK: Deleting

  /// Returns the older offsets whose records have to stay: their keys are others of the same hash.
  private mutating func delete(
    _ window: CompactionWindow, _ older: [CompactionKey]
  ) throws(CompactionFailure) -> Set<Int64> {
    let offsets = window.superseded + older.map(\.offset.value)
    var removal = RecordRemoval(offsets.sorted())
    // An aborted record has a key that nothing supersedes.
    let certain = window.start.value
    try run(&removal) { $0.offset >= certain || window.supersedes($0) }
    return removal.kept
  }

  mutating func run(
    _ removal: inout RecordRemoval, where goes: (BatchRest.Record) -> Bool
  ) throws(CompactionFailure) {
    removal.pass(below: start)
    while removal.next != nil {
      var slice: [BatchRewrite] = []
      var room = Slice.records
      while let next = removal.next, room > 0, slice.count < Slice.batches {
        try fill(&slice, &room, from: next, &removal, where: goes)
      }
      if slice.isEmpty { continue }
      let (id, batches) = (id, slice)
      let done = try access.write { turn in try turn.rewrite(batches, of: id) }
      outcome.removed += done.removed
      if done.isStale { throw .stale }
    }
  }

  private mutating func fill(
    _ slice: inout [BatchRewrite], _ room: inout Int, from next: Offset,
    _ removal: inout RecordRemoval, where goes: (BatchRest.Record) -> Bool
  ) throws(CompactionFailure) {
    let end = access.view.bounds(of: id)?.highWatermark ?? .zero
    let bytes = isDense ? Self.denseBytes : Self.sparseBytes
    let batches = try batches(from: next, below: end, bytes: bytes)
    guard let last = batches.last else { return removal.pass(below: end) }
    var concerned = 0
    for batch in batches {
      guard room > 0, slice.count < Slice.batches else { return }
      guard let bytes = batch.bytes else {
        removal.pass(below: batch.lastOffset + 1, keeping: true)
        continue
      }
      guard let rewrite = removal.rewrite(bytes, atMost: room, where: goes) else { continue }
      concerned += 1
      room -= Int(rewrite.removedCount)
      slice.append(rewrite)
    }
    isDense = concerned * 4 >= batches.count
    // A batch that has more to lose than there was room for is read again.
    if room > 0 { removal.pass(below: last.lastOffset + 1) }
  }

  /// A batch, or where one is that is damaged.
  struct Found: Sendable {
    let bytes: [UInt8]?
    let lastOffset: Offset
    var isAborted = false
  }

  func batches(
    from offset: Offset, below end: Offset, bytes: Int
  ) throws(CompactionFailure) -> [Found] {
    let id = id
    let read = PartitionRead(
      partition: id, offset: offset, maxBytes: bytes, isolation: .readCommitted)
    let allowance = ReadAllowance(bytes: bytes, admitsOversized: true)
    do throws(CompactionFailure) {
      let found = try access.read { reader throws(ReadFailure) in
        try reader.batches(read, below: end, allowance: allowance)
      }
      return found.batches.compactMap { bytes in
        BatchHeader(parsing: bytes).map { header in
          Found(
            bytes: bytes, lastOffset: Offset(header.lastOffset),
            isAborted: found.aborted.cover(header))
        }
      }
    } catch {
      guard case .read(.corrupt(let at, let reason)) = error else { throw error }
      access.shared.damage.tell(
        .corrupt(partition: id, offset: at, reason: reason), access.view.catalog)
      let summaries = try access.read { reader throws(ReadFailure) in
        try reader.summaries(of: id, from: offset, below: end, limit: 1)
      }
      return summaries.map { Found(bytes: nil, lastOffset: $0.lastOffset) }
    }
  }

  // MARK: The index

  private mutating func index(
    _ entries: [CompactionWindow.Entry], replacing older: [CompactionKey], _ end: Offset
  ) throws(CompactionFailure) {
    var rest = entries[...]
    var old = older[...]
    repeat {
      let slice = rest.prefix(Slice.keys)
      rest = rest.dropFirst(slice.count)
      let through = rest.isEmpty ? Int64.max : slice.last.map { Int64(bitPattern: $0.hash) } ?? .max
      let replaced = old.prefix { $0.hash <= through }
      old = old.dropFirst(replaced.count)
      try write(
        removing: Array(replaced), adding: Array(slice),
        firstDirty: rest.isEmpty ? end : state.firstDirtyOffset)
    } while !rest.isEmpty
  }

  mutating func write(
    removing: [CompactionKey], adding: [CompactionWindow.Entry], firstDirty: Offset
  ) throws(CompactionFailure) {
    var next = state
    next.firstDirtyOffset = firstDirty
    let (id, now, retention) = (id, now, policy.deleteRetentionMilliseconds)
    state = try access.write { [next] turn in
      // The pass may have begun long ago.
      let deleteAt = max(now, turn.now).addingSaturated(retention)
      let keys = adding.map { entry in
        CompactionKey(
          hash: Int64(bitPattern: entry.hash), offset: Offset(entry.offset),
          deleteAt: entry.isTombstone ? deleteAt : nil)
      }
      return try turn.write(next, of: id, removing: removing, adding: keys)
    }
    hasWritten = true
  }
}

extension [AbortedRange] {
  /// Whether the batch was written in one of them.
  fileprivate func cover(_ header: BatchHeader) -> Bool {
    guard !isEmpty, header.attributes.contains(.transactional), let producer = header.producer
    else { return false }
    return contains { $0.covers(Offset(header.baseOffset), of: producer) }
  }
}

extension [Int64] {
  /// Of values in order.
  fileprivate var withoutRepeats: [Int64] {
    var result: [Int64] = []
    result.reserveCapacity(count)
    for value in self where value != result.last { result.append(value) }
    return result
  }
}
