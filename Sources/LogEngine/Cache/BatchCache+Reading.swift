import ActaModel
import LogStorage

extension BatchCache {
  /// What there is from an offset on.
  struct Found {
    enum Rest: Equatable {
      /// There is no more to be read.
      case none
      /// Memory has nothing there, but perhaps from `until` on.
      case cold(Offset, until: Offset?)
      /// There was no room for more.
      case cut(Offset)
    }

    var batches: [BatchBytes] = []
    /// Those that reach into what was found, in no order.
    var aborted: Set<AbortedTransaction> = []
    var rest = Rest.none
    /// Where to read ahead now, because what was read ahead before has been come to.
    var next: Offset?
  }

  /// Takes batches from the one that contains `read.offset`, below `limit`, as far as the allowance goes.
  mutating func take(
    _ read: PartitionRead, below limit: Offset, _ allowance: inout ReadAllowance
  ) -> Found {
    var found = Found()
    guard let slot = slots[read.partition] else {
      found.rest = .cold(read.offset, until: nil)
      return found
    }
    var next = partitions[slot].place(after: read.offset)
    var position = read.offset
    let bytes = allowance.bytes
    if next > 0, pieces[partitions[slot].places[next - 1].piece].end > position { next -= 1 }
    while position < limit {
      let places = partitions[slot].places
      guard next < places.count, places[next].start <= position,
        knowsAborted(places[next].piece, from: position, for: read.isolation)
      else {
        found.rest =
          Self.isEnough(bytes, of: allowance)
          ? .cut(position) : .cold(position, until: hole(places, next, from: position))
        return found
      }
      let piece = places[next].piece
      let count = found.batches.count
      let reached = take(piece, from: position, below: limit, &allowance, into: &found)
      if found.batches.count > count { noteRead(piece, toItsEnd: reached >= pieces[piece].end) }
      noteAborted(in: piece, from: read.offset, below: reached, for: read.isolation, &found)
      use(piece)
      if reached > position, let next = pieces[piece].next.take() { found.next = next }
      if case .cut = found.rest { return found }
      guard pieces[piece].end <= limit, reached >= pieces[piece].end else { return found }
      position = reached
      next += 1
    }
    return found
  }

  /// So much of a long read was found that the tables are not asked for the little that might still fit: the next
  /// read has it, and mostly finds it read ahead.
  private static func isEnough(_ bytes: Int, of allowance: ReadAllowance) -> Bool {
    bytes - allowance.bytes >= 256 << 10 && allowance.bytes < bytes / 8
  }

  /// The result is up to where everything is among what was found.
  private func take(
    _ piece: Int, from offset: Offset, below limit: Offset, _ allowance: inout ReadAllowance,
    into found: inout Found
  ) -> Offset {
    let first = pieces[piece].firstIndex(endingAtOrAfter: offset)
    var reached = offset
    for batch in pieces[piece].batches[first...] {
      guard batch.lastOffset < limit else { return reached }
      guard allowance.take(batch.bytes.count) else {
        // The first batch may begin below the log's start, where the tables refuse to read.
        found.rest = .cut(max(offset, batch.baseOffset))
        return reached
      }
      found.batches.append(batch.bytes)
      reached = batch.lastOffset + 1
    }
    return pieces[piece].end
  }

  private func hole(
    _ places: [CachedPartition.Place], _ next: Int, from position: Offset
  ) -> Offset? {
    let next = next < places.count && places[next].start <= position ? next + 1 : next
    return next < places.count ? places[next].start : nil
  }

  // MARK: What was aborted

  private func knowsAborted(
    _ piece: Int, from position: Offset, for isolation: IsolationLevel
  ) -> Bool {
    if isolation == .readUncommitted || pieces[piece].aborted != nil { return true }
    return partitions[pieces[piece].partition].knowsAborted(from: position)
  }

  private func noteAborted(
    in piece: Int, from start: Offset, below end: Offset, for isolation: IsolationLevel,
    _ found: inout Found
  ) {
    if isolation == .readUncommitted || found.batches.isEmpty { return }
    // What ended below the piece is not its affair, though it was known when the piece was longer or to whoever read
    // it: compaction may have taken the marker since, and who is told of a transaction without it leaves out all that
    // its producer has written later.
    let start = max(start, pieces[piece].firstStart)
    let ranges =
      pieces[piece].aborted
      ?? partitions[pieces[piece].partition].aborted(from: start, below: end)
    for range in ranges where range.lastOffset >= start && range.firstOffset < end {
      found.aborted.insert(range.transaction)
    }
  }

  /// Partitions of which memory has transactions that were aborted.
  var partitionsWithAborted: [PartitionID] {
    slots.filter { _, slot in
      partitions[slot].hasAborted
        || partitions[slot].places.contains { pieces[$0.piece].aborted?.isEmpty == false }
    }.map(\.key)
  }
}
