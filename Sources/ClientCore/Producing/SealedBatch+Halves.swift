import ActaModel
import BatchCodec

// A batch that is larger than a topic takes (`max.message.bytes`), of which parts may not be.
extension SealedBatch {
  /// The most that a batch may unpack to: it was packed here.
  private static let unpackedLimit = Int(Int32.max)

  /// Its records in two batches, the first of which has the sequence of this one. `nil` for one record, which
  /// is too large by itself, and for what a broker may have: it would not know it again.
  func halved(_ settings: ProducerSettings) -> (first: SealedBatch, second: SealedBatch)? {
    guard recordCount > 1, !mayBeStored else { return nil }
    let middle = recordCount / 2
    var (first, second) = (BatchBuilder(), BatchBuilder())
    do {
      try readRecords { index, timestamp, record in
        let headers = Self.headers(of: record)
        if index < middle {
          first.append(
            timestamp: timestamp, key: record.key, value: record.value, headers: headers)
        } else {
          second.append(
            timestamp: timestamp, key: record.key, value: record.value, headers: headers)
        }
      }
    } catch {
      preconditionFailure("a batch that was made here cannot be read: \(error)")
    }
    return (
      part(from: 0, first.count, first, settings),
      part(from: middle, second.count, second, settings)
    )
  }

  private func part(
    from start: Int, _ count: Int, _ builder: consuming BatchBuilder, _ settings: ProducerSettings
  ) -> SealedBatch {
    let bytes = builder.finish(
      compression: settings.compression, level: settings.compressionLevel)
    var part = SealedBatch(self, from: start, count, bytes)
    if header.producerID >= 0 {
      part.claim(
        by: ProducerClaim(id: ProducerID(header.producerID), epoch: header.producerEpoch),
        sequence: SendingLane.sequence(sequence, after: start),
        isTransactional: header.attributes.contains(.transactional))
    }
    return part
  }

  private func readRecords(_ body: (Int, Int64, RecordView) -> Void) throws {
    let packed = recordBytes
    let codec = header.attributes.codec ?? .none
    let records =
      codec == .none
      ? packed
      : try packed.withUnsafeBytes {
        try Compression.decompress($0, codec: codec, limit: Self.unpackedLimit)[...]
      }
    try records.withUnsafeBytes { bytes in
      var cursor = RecordCursor(bytes)
      for index in 0..<recordCount {
        guard let record = try cursor.next() else { return }
        body(index, header.baseTimestamp + record.timestampDelta, record)
      }
    }
  }

  private static func headers(of record: RecordView) -> RecordHeaders {
    var headers = RecordHeaders()
    var cursor = HeaderCursor(record)
    while let header = cursor.next() { headers.append(name: header.name, value: header.value) }
    return headers
  }
}
