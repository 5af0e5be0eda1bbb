package import ActaModel

extension ProducerEvidence {
  /// `nil` for a batch that tells of no producer: it is not idempotent, or a control record of another kind.
  ///
  /// - Parameter records: The records section of a control batch.
  package init?(_ header: BatchHeader, appendedAt: Int64, controlRecords records: [UInt8]?) {
    guard let id = header.producer, header.producerEpoch >= 0 else { return nil }
    let kind: Kind
    if header.attributes.contains(.control) {
      guard let epoch = Self.coordinatorEpoch(records ?? []) else { return nil }
      kind = .marker(coordinatorEpoch: epoch)
    } else {
      guard header.baseSequence >= 0 else { return nil }
      kind = .records(
        firstSequence: header.baseSequence, lastSequence: header.lastSequence,
        isTransactional: header.attributes.contains(.transactional))
    }
    self.init(
      producer: ProducerClaim(id: id, epoch: header.producerEpoch),
      baseOffset: Offset(header.baseOffset), lastOffset: Offset(header.lastOffset),
      appendedAt: appendedAt, kind: kind)
  }

  private static func coordinatorEpoch(_ records: [UInt8]) -> Int32? {
    records.withUnsafeBytes { bytes in
      var records = RecordCursor(bytes)
      // What cannot be read is no marker.
      guard let record = try? records.next() else { return nil }
      return TransactionMarker.outcome(of: record)?.coordinatorEpoch
    }
  }
}
