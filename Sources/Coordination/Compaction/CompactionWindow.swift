package import ActaModel
package import BatchCodec

/// A part of a log, from its first dirty offset on, with the newest record of each of its keys: what Kafka
/// calls the offset map of a cleaner. It takes in batches in their order, as many as it has room for, and
/// then knows which records are superseded, in it and below it.
///
/// Keys are compared whole. They stand one behind the other in one buffer, with a table of hashes beside
/// it: nothing is allocated for a key.
package struct CompactionWindow: Sendable {
  /// A window takes no further batch beyond either.
  package struct Limits: Sendable {
    package var records: Int
    package var keyBytes = 16 << 20

    package init(records: Int = 256 << 10) { self.records = records }
  }

  package struct Entry: Equatable, Sendable {
    package let hash: UInt64
    /// Of the newest record.
    package fileprivate(set) var offset: Int64
    package fileprivate(set) var isTombstone: Bool
    fileprivate let keyStart: Int
    fileprivate let keyCount: Int
  }

  private static let emptySlot: Int32 = -1

  /// The first offset of the window, and the first behind it.
  package let start: Offset
  package private(set) var end: Offset
  /// Records that were taken in.
  package private(set) var recordCount = 0
  /// Offsets of records of the window that a newer one of it supersedes, or that have no key.
  package private(set) var superseded: [Int64] = []

  private let limits: Limits
  private var keys: [UInt8] = []
  private var entries: [Entry] = []
  private var slots = [Int32](repeating: emptySlot, count: 1 << 10)

  package init(from start: Offset, limits: Limits = Limits()) {
    self.start = start
    end = start
    self.limits = limits
  }

  package var isFull: Bool { recordCount >= limits.records || keys.count >= limits.keyBytes }

  // MARK: Taking in

  /// What lies below is no concern any more: it was taken in, or there is nothing.
  package mutating func moveEnd(to offset: Offset) { end = max(end, offset) }

  /// Takes in a batch of the log.
  ///
  /// - Parameter isAborted: It belongs to a transaction that was aborted: its records go, and supersede
  ///   none. Whoever reads transactions says so; those that are open must not be in the window at all.
  /// - Returns: False for what is no batch.
  package mutating func take(_ batch: [UInt8], isAborted: Bool = false) -> Bool {
    guard let header = BatchHeader(parsing: batch) else { return false }
    let start = start.value
    var taken = 0
    let isRead = BatchRest.forEachRecord(of: batch) { record in
      // What is left of a batch that straddles the start is clean.
      guard record.offset >= start else { return }
      taken += 1
      guard !isAborted, let key = record.key else { return superseded.append(record.offset) }
      put(key, record)
    }
    guard isRead else { return false }
    recordCount += taken
    moveEnd(to: Offset(header.lastOffset) + 1)
    return true
  }

  private mutating func put(_ key: UnsafeRawBufferPointer, _ record: BatchRest.Record) {
    let hash = KeyHash.hash(key)
    let slot = slot(of: key, hash)
    if slots[slot] != Self.emptySlot {
      let index = Int(slots[slot])
      superseded.append(entries[index].offset)
      entries[index].offset = record.offset
      entries[index].isTombstone = record.isTombstone
      return
    }
    slots[slot] = Int32(entries.count)
    entries.append(
      Entry(
        hash: hash, offset: record.offset, isTombstone: record.isTombstone, keyStart: keys.count,
        keyCount: key.count))
    keys.append(contentsOf: key)
    if entries.count * 2 > slots.count { grow() }
  }

  private mutating func grow() {
    slots = [Int32](repeating: Self.emptySlot, count: slots.count * 2)
    let mask = slots.count - 1
    for (index, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: entry.hash) & mask
      while slots[slot] != Self.emptySlot { slot = (slot + 1) & mask }
      slots[slot] = Int32(index)
    }
  }

  /// The key's slot, or the empty one where it belongs.
  private func slot(of key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    keys.withUnsafeBytes { keys in
      while slots[slot] != Self.emptySlot {
        let entry = entries[Int(slots[slot])]
        if entry.hash == hash,
          keys[entry.keyStart..<entry.keyStart + entry.keyCount].elementsEqual(key)
        {
          return
        }
        slot = (slot + 1) & mask
      }
    }
    return slot
  }

  // MARK: What comes of it

  /// Whether the window has a newer record of the key.
  package func supersedes(_ record: BatchRest.Record) -> Bool {
    guard let key = record.key else { return true }
    let slot = slots[slot(of: key, KeyHash.hash(key))]
    return slot != Self.emptySlot && entries[Int(slot)].offset > record.offset
  }

  /// The keys, in the order of their hashes: that of the index, so that a slice of them touches few pages.
  package var entriesInOrder: [Entry] {
    entries.sorted {
      (Int64(bitPattern: $0.hash), $0.offset) < (Int64(bitPattern: $1.hash), $1.offset)
    }
  }
}
