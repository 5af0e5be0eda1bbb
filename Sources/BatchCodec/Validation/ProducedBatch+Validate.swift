import ActaModel

extension ProducedBatch {
  /// Checks a produce request's records for one partition as KafkaWire/PROTOCOL.md §5 says, in its
  /// order, up to the point where the partition must be known, and turns them into what the log
  /// will hold: timestamp type set, max timestamp made true, recompressed if the topic wants
  /// another codec.
  ///
  /// `now` is the broker's time in epoch milliseconds. Decompression, when it is needed, happens
  /// here and takes up to `rules.maxDecompressedBytes`.
  package static func validate(
    _ bytes: consuming [UInt8], rules: BatchRules, now: Int64
  ) throws(BatchRejection) -> ProducedBatch {
    let header = try BatchHeader.checked(in: bytes, rules: rules)
    let codec = try header.checkedCodec()
    let section = try decompressedRecords(of: bytes, codec: codec, rules: rules)
    var audit = RecordAudit(header: header, rules: rules, now: now)
    if let section {
      try section.withLentBytes(from: 0) { lent throws(BatchRejection) in try audit.run(over: lent)
      }
    } else {
      try bytes.withLentBytes(from: BatchHeader.size) { lent throws(BatchRejection) in
        try audit.run(over: lent)
      }
    }
    let target = rules.compression ?? codec
    var stored = bytes
    var kept = section
    if target != codec { try recode(&stored, records: &kept, to: target, rules: rules) }
    var storedHeader = audit.storedHeader
    storedHeader.attributes = storedHeader.attributes.with(target)
    // Most batches are kept as they came; for them this is the whole difference.
    if target != codec || storedHeader != header { storedHeader = storedHeader.seal(&stored) }
    return ProducedBatch(
      bytes: stored, uncompressedRecords: kept, header: storedHeader,
      recordsCRC: audit.recordsCRC, recordsSize: audit.recordsSize)
  }

  /// Lends the records section, uncompressed.
  package func withRecords<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    if let uncompressedRecords {
      try uncompressedRecords.withLentBytes(from: 0, body)
    } else {
      try bytes.withLentBytes(from: BatchHeader.size, body)
    }
  }

  /// Puts the records of `batch` into another codec. `records` are its uncompressed records where
  /// `batch` holds them compressed, before and after.
  private static func recode(
    _ batch: inout [UInt8], records: inout [UInt8]?, to codec: CompressionCodec, rules: BatchRules
  ) throws(BatchRejection) {
    if let records { batch.replaceSubrange(BatchHeader.size..., with: records) }
    if codec == .none {
      records = nil
    } else {
      records = records ?? Array(batch[BatchHeader.size...])
      batch = Compression.compressBatch(batch, codec: codec, level: rules.compressionLevel)
    }
    guard batch.count <= min(rules.maxMessageBytes, Int(Int32.max)) else {
      throw .tooLarge(batch.count, rules: rules, what: "after recompression")
    }
  }

  private static func decompressedRecords(
    of bytes: [UInt8], codec: CompressionCodec, rules: BatchRules
  ) throws(BatchRejection) -> [UInt8]? {
    if codec == .none { return nil }
    return try bytes.withLentBytes(from: BatchHeader.size) { lent throws(BatchRejection) in
      try Compression.decompress(lent, codec: codec, limit: rules.maxDecompressedBytes)
    }
  }
}

extension BatchRejection {
  static func invalidRecord(_ message: String) -> BatchRejection {
    BatchRejection(code: .invalidRecord, message: message)
  }

  static func tooLarge(_ size: Int, rules: BatchRules, what: String) -> BatchRejection {
    BatchRejection(
      code: .messageTooLarge,
      message: "The batch has \(size) bytes \(what), more than max.message.bytes"
        + " (\(rules.maxMessageBytes)).")
  }
}
