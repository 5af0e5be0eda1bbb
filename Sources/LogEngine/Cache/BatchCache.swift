import ActaModel
import LogStorage

/// Batches that memory keeps so that they need not be read from the tables: what was appended, as it was
/// produced, and what was read from the tables, as it was rebuilt.
///
/// A value that belongs to whoever holds it (`LogView`, under its lock). It knows no bounds and no time, frees
/// nothing while it works (what goes is returned), and does nothing whose cost grows with what it holds, but for
/// what must go at once.
///
/// Batches stand in *pieces*, which go whole. What goes first: the least recently used piece of whoever has the
/// most (partitions are told apart by powers of two, among equals it is the one that was used longest ago), so that
/// one reader who goes through a long log takes from nobody who keeps to the end of a short one; but before that
/// the pieces of partitions that nobody has used while four times as much came in as there is room for, and before
/// all others those that have been read once and passed (`ReadOnce`).
struct BatchCache: Sendable {
  private(set) var capacity: Int
  /// Bytes of memory that everything here takes.
  private(set) var footprint = 0
  /// Bytes that have ever come in: the time that use is told by.
  private var clock: UInt64 = 0

  private(set) var slots: [PartitionID: Int] = [:]
  var partitions = Slots<CachedPartition>()
  var pieces = Slots<CachedPiece>()
  private var pieceOrder = UseOrder()
  private var partitionOrder = UseOrder()
  private(set) var readOnce = ReadOnce()
  /// Partitions by the power of two that they take, and which of the lists have some.
  private var classes = [UseOrder.List](repeating: UseOrder.List(), count: Int.bitWidth + 1)
  private var occupied: UInt64 = 0

  init(capacity: Int) { self.capacity = capacity }

  /// A piece that has reached this takes no more batches.
  private var pieceBytes: Int { min(1 << 20, capacity / 256) }

  // MARK: What comes in

  /// The partition's log goes on with this batch.
  mutating func append(_ batch: CachedBatch, to id: PartitionID) {
    if capacity <= 0 { return }
    let slot = slot(of: id)
    partitions[slot].noteAppend(at: batch.baseOffset)
    add(batch, to: livePiece(of: slot, at: batch.baseOffset))
  }

  private mutating func livePiece(of slot: Int, at offset: Offset) -> Int {
    let end = partitions[slot].places.last.map { pieces[$0.piece].end }
    precondition(end ?? offset <= offset, "a batch was appended in front of others")
    if let last = partitions[slot].places.last?.piece, pieces[last].aborted == nil,
      pieces[last].end == offset, pieces[last].footprint < pieceBytes
    {
      return last
    }
    return addPiece(
      CachedPiece(of: slot, from: offset, aborted: nil, use: .kept),
      at: partitions[slot].places.count)
  }

  /// A marker among the batches that were appended has aborted a transaction.
  mutating func append(_ range: AbortedRange, to id: PartitionID) {
    guard let slot = slots[id] else { return }
    changeAborted(of: slot) { $0.noteAborted(range) }
  }

  /// What the tables have between two offsets, as far as it is not here. The result is whether it goes on with
  /// what was here.
  @discardableResult
  mutating func fill(_ id: PartitionID, _ found: CachedRun) -> Bool {
    if capacity <= 0 { return false }
    let slot = slot(of: id)
    let next = partitions[slot].place(after: found.start)
    let before = next > 0 ? partitions[slot].places[next - 1].piece : nil
    let after = next < partitions[slot].places.count ? partitions[slot].places[next] : nil
    let holeStart = max(found.start, before.map { pieces[$0].end } ?? found.start)
    let holeEnd = after?.start ?? found.end
    var run = found
    if holeStart < holeEnd { run.clip(to: holeStart..<holeEnd) } else { run.batches = [] }
    defer { removeIfEmpty(slot) }
    if holeStart >= holeEnd || run.start >= run.end { return false }
    let goesOn = before.map { pieces[$0].end == run.start } ?? false
    if !run.batches.isEmpty {
      add(run, to: slot, at: next, behind: goesOn ? before : nil)
    } else if let before, goesOn {
      // Nothing is there: whoever reads on from one to the other need not ask again.
      pieces[before].extend(to: run.end)
    } else if let after, after.start == run.end {
      pieces[after.piece].start = run.start
      partitions[slot].places[next].start = run.start
    }
    return goesOn
  }

  private mutating func add(
    _ run: CachedRun, to slot: Int, at index: Int, behind before: Int?
  ) {
    var index = index
    var current: Int?
    let use = firstUse(of: run, in: partitions[slot].id)
    if let before, pieces[before].aborted == run.aborted, pieces[before].use == use, !run.isAhead {
      current = before
    }
    for batch in run.batches {
      let full = current.map { pieces[$0].footprint >= pieceBytes } ?? true
      if full {
        let start = current.map { pieces[$0].end } ?? run.start
        let piece = CachedPiece(of: slot, from: start, aborted: run.aborted, use: use)
        current = addPiece(piece, at: index)
        index += 1
        if run.isAhead, batch.baseOffset == run.batches[0].baseOffset, let current {
          pieces[current].next = run.end
        }
      }
      if let current { add(batch, to: current) }
    }
    if let current { pieces[current].extend(to: run.end) }
  }

  private mutating func add(_ batch: CachedBatch, to piece: Int) {
    let before = pieces[piece].footprint
    pieces[piece].append(batch)
    let added = pieces[piece].footprint - before
    clock &+= UInt64(added)
    charge(added, to: pieces[piece].partition)
    if pieces[piece].use == .passed { readOnce.charge(added) }
    use(piece)
  }

  /// Who has it read ahead has yet to come; who reads from the tables has it.
  private func firstUse(of run: CachedRun, in partition: PartitionID) -> CachedPiece.Use {
    if readOnce.hasRead(run.start, of: partition) { return .kept }
    return run.isAhead ? .awaited : .passed
  }

  // MARK: Use

  /// A reader has had something of it, or all that was left.
  mutating func noteRead(_ piece: Int, toItsEnd isWhole: Bool) {
    switch pieces[piece].use {
    case .kept: break
    case .awaited where isWhole:
      pieces[piece].use = .passed
      readOnce.pass(piece, pieces[piece].footprint)
    case .awaited: break
    case .passed:
      readOnce.remove(piece, pieces[piece].footprint)
      pieces[piece].use = .kept
    }
  }

  /// Somebody reads from it, or writes to it.
  mutating func use(_ piece: Int) {
    let slot = pieces[piece].partition
    pieceOrder.use(piece, in: &partitions[slot].order)
    partitionOrder.use(slot, in: &classes[Self.weightClass(partitions[slot].footprint)])
    partitions[slot].lastUse = clock
  }

  /// Bytes more or less; the partition changes lists when it takes another power of two.
  private mutating func charge(_ bytes: Int, to slot: Int) {
    footprint += bytes
    let before = Self.weightClass(partitions[slot].footprint)
    partitions[slot].footprint += bytes
    let after = Self.weightClass(partitions[slot].footprint)
    if before == after { return }
    leave(before, slot)
    enter(after, slot)
  }

  private static func weightClass(_ bytes: Int) -> Int {
    Int.bitWidth - max(bytes, 1).leadingZeroBitCount
  }

  private mutating func enter(_ weight: Int, _ slot: Int) {
    partitionOrder.insert(slot, into: &classes[weight])
    occupied |= 1 << UInt64(weight)
  }

  private mutating func leave(_ weight: Int, _ slot: Int) {
    partitionOrder.remove(slot, from: &classes[weight])
    if classes[weight].oldest == nil { occupied &= ~(1 << UInt64(weight)) }
  }

  // MARK: What goes

  /// - Parameter capacity: Bytes from now on; what is too much goes with `evict`.
  mutating func limit(to capacity: Int) { self.capacity = max(0, capacity) }

  /// Makes room, as much as there has to be, or with so many pieces as it may.
  mutating func evict(atMost count: Int = .max) -> [CachedPiece] {
    var gone: [CachedPiece] = []
    while gone.count < count, let victim = victim() { gone.append(remove(victim)) }
    return gone
  }

  private mutating func victim() -> Int? {
    if let piece = readOnce.passed.oldest,
      footprint > capacity || readOnce.bytes > ReadOnce.room(in: capacity)
    {
      let partition = partitions[pieces[piece].partition].id
      readOnce.note(pieces[piece].start..<pieces[piece].end, of: partition)
      return piece
    }
    return footprint > capacity ? leastUsed() : nil
  }

  private func leastUsed() -> Int? {
    if occupied == 0 { return nil }
    var slot = classes[Int.bitWidth - 1 - occupied.leadingZeroBitCount].oldest
    let patience = 4 * UInt64(capacity)
    var rest = occupied
    while rest != 0 {
      let weight = rest.trailingZeroBitCount
      rest &= rest - 1
      guard let oldest = classes[weight].oldest, partitions[oldest].lastUse &+ patience < clock
      else { continue }
      slot = oldest
      break
    }
    return slot.flatMap { partitions[$0].order.oldest }
  }

  private mutating func remove(_ piece: Int) -> CachedPiece {
    let slot = pieces[piece].partition
    let index = partitions[slot].place(after: pieces[piece].start) - 1
    return removePieces(index..<index + 1, of: slot)[0]
  }

  private mutating func removePieces(_ range: Range<Int>, of slot: Int) -> [CachedPiece] {
    if range.isEmpty { return [] }
    var gone: [CachedPiece] = []
    for place in partitions[slot].places[range] {
      pieceOrder.remove(place.piece, from: &partitions[slot].order)
      let piece = pieces.remove(place.piece)
      if piece.use == .passed { readOnce.remove(place.piece, piece.footprint) }
      gone.append(piece)
    }
    partitions[slot].places.removeSubrange(range)
    charge(-gone.reduce(0) { $0 + $1.footprint }, to: slot)
    if range.lowerBound == 0 { changeAborted(of: slot) { $0.forgetAborted() } }
    removeIfEmpty(slot)
    return gone
  }

  private mutating func changeAborted(
    of slot: Int, _ change: (inout CachedPartition) -> Void
  ) {
    let before = partitions[slot].abortedFootprint
    change(&partitions[slot])
    charge(partitions[slot].abortedFootprint - before, to: slot)
  }

  /// Everything of a partition: it is gone, or another process has written to it.
  mutating func drop(_ id: PartitionID) -> [CachedPiece] {
    readOnce.forget(id)
    guard let slot = slots[id] else { return [] }
    return removePieces(0..<partitions[slot].places.count, of: slot)
  }

  /// What lies below the log's start.
  mutating func drop(_ id: PartitionID, below start: Offset) -> [CachedPiece] {
    guard let slot = slots[id], let first = partitions[slot].places.first,
      pieces[first.piece].end <= start
    else { return [] }
    let next = partitions[slot].place(after: start)
    let isLastWhole = pieces[partitions[slot].places[next - 1].piece].end <= start
    return removePieces(0..<(isLastWhole ? next : next - 1), of: slot)
  }

  /// Batches up to the one that ends at `offset`, which have lost records.
  mutating func drop(
    _ id: PartitionID, through offset: Offset
  ) -> (pieces: [CachedPiece], batches: [CachedBatch]) {
    guard let slot = slots[id] else { return ([], []) }
    let next = partitions[slot].place(after: offset)
    guard next > 0 else { return ([], []) }
    let last = partitions[slot].places[next - 1].piece
    if pieces[last].end <= offset + 1 { return (removePieces(0..<next, of: slot), []) }
    let before = pieces[last].footprint
    let batches = pieces[last].removeBatches(through: offset)
    partitions[slot].places[next - 1].start = pieces[last].start
    let change = pieces[last].footprint - before
    charge(change, to: slot)
    if pieces[last].use == .passed { readOnce.charge(change) }
    let gone = removePieces(0..<next - 1, of: slot)
    // Markers among them may have gone for good.
    changeAborted(of: slot) { $0.forgetAborted() }
    return (gone, batches)
  }

  // MARK: Slots

  private mutating func slot(of id: PartitionID) -> Int {
    if let slot = slots[id] { return slot }
    let partition = CachedPartition(id: id)
    let slot = partitions.insert(partition)
    slots[id] = slot
    footprint += partition.footprint
    enter(Self.weightClass(partition.footprint), slot)
    return slot
  }

  private mutating func removeIfEmpty(_ slot: Int) {
    guard partitions[slot].places.isEmpty else { return }
    leave(Self.weightClass(partitions[slot].footprint), slot)
    let partition = partitions.remove(slot)
    slots[partition.id] = nil
    footprint -= partition.footprint
  }

  private mutating func addPiece(_ piece: CachedPiece, at index: Int) -> Int {
    let slot = pieces.insert(piece)
    partitions[piece.partition].places.insert(
      CachedPartition.Place(start: piece.start, piece: slot), at: index)
    pieceOrder.insert(slot, into: &partitions[piece.partition].order)
    charge(piece.footprint, to: piece.partition)
    if piece.use == .passed { readOnce.pass(slot, piece.footprint) }
    return slot
  }
}
