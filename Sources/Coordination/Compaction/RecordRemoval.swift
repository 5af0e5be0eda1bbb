package import ActaModel
package import BatchCodec

/// Records that are to go, by offset, and what takes them out of their batches. It is shown batches in
/// their order, and judges each record before it goes: what brought its offset here may have been a guess.
package struct RecordRemoval {
  /// Ascending, those done with left out.
  package private(set) var rest: ArraySlice<Int64>
  /// Offsets whose records stay: they are others than was thought.
  package private(set) var kept: Set<Int64> = []

  /// - Parameter offsets: Ascending.
  package init(_ offsets: [Int64]) { rest = offsets[...] }

  package var next: Offset? { rest.first.map { Offset($0) } }

  /// Records below `offset` are gone, or cannot be looked at.
  package mutating func pass(below offset: Offset, keeping: Bool = false) {
    while let first = rest.first, first < offset.value {
      if keeping { kept.insert(first) }
      rest.removeFirst()
    }
  }

  /// Takes out of the batch what is to go of it, at most `limit` records; those beyond it are left for
  /// another look at the batch. `nil` when none goes.
  package mutating func rewrite(
    _ batch: [UInt8], atMost limit: Int, where goes: (BatchRest.Record) -> Bool
  ) -> BatchRewrite? {
    guard let header = BatchHeader(parsing: batch) else { return nil }
    pass(below: Offset(header.baseOffset))
    var left = rest.prefix { $0 <= header.lastOffset }
    guard !left.isEmpty, !header.attributes.contains(.control) else {
      pass(below: Offset(header.lastOffset) + 1, keeping: true)
      return nil
    }
    var kept: [Int64] = []
    var removedCount = 0
    let found = BatchRest(of: batch) { record in
      guard removedCount < limit else { return false }
      while let first = left.first, first < record.offset { left.removeFirst() }
      guard left.first == record.offset else { return false }
      left.removeFirst()
      guard goes(record) else {
        kept.append(record.offset)
        return false
      }
      removedCount += 1
      return true
    }
    self.kept.formUnion(kept)
    if removedCount < limit {
      pass(below: Offset(header.lastOffset) + 1)
    } else {
      rest = rest.drop { $0 < left.first ?? header.lastOffset + 1 }
    }
    guard let found, found.removedCount > 0 else { return nil }
    return BatchRewrite(found)
  }
}

extension BatchRewrite {
  /// A marker that goes.
  ///
  /// - Parameter rest: Of which nothing was taken out.
  package init(marker rest: BatchRest) {
    let header = rest.header
    self.init(
      baseOffset: Offset(header.baseOffset), lastOffset: Offset(header.lastOffset),
      recordCount: header.recordCount, recordsCRC: rest.recordsCRC, removed: [], restCount: 0,
      restSizeBytes: 0, restCRC: 0, producer: header.producer, isMarker: true)
  }

  package init(_ rest: BatchRest) {
    let header = rest.header
    self.init(
      baseOffset: Offset(header.baseOffset), lastOffset: Offset(header.lastOffset),
      recordCount: header.recordCount, recordsCRC: rest.recordsCRC,
      removed: rest.removed.map { Offset($0.lowerBound)...Offset($0.upperBound) },
      restCount: rest.restCount, restSizeBytes: Int64(BatchHeader.size + rest.restSize),
      restCRC: rest.restCRC, producer: header.producer)
  }
}
