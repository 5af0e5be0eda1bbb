import ActaModel

/// The checks on a produced batch that need its header only: steps 1 to 5 of
/// KafkaWire/PROTOCOL.md §5.
extension BatchHeader {
  static func checked(
    in bytes: [UInt8], rules: BatchRules
  ) throws(BatchRejection) -> BatchHeader {
    let header = try soleBatch(in: bytes)
    if header.attributes.codec == .zstd, !rules.allowsZstd {
      throw BatchRejection(
        code: .unsupportedCompressionType, message: "zstd needs Produce version 7 or later.")
    }
    guard header.baseOffset == 0 else {
      throw .invalidRecord("The base offset must be 0, found \(header.baseOffset).")
    }
    guard bytes.count <= rules.maxMessageBytes else {
      throw .tooLarge(bytes.count, rules: rules, what: "as sent")
    }
    let crc = bytes.withUnsafeBytes { computeCRC(of: $0) }
    guard crc == header.crc else {
      throw BatchRejection(
        code: .corruptMessage, message: "The batch's CRC does not match its content.")
    }
    try header.checkAttributes()
    try header.checkCounts()
    try header.checkProducer()
    return header
  }

  func checkedCodec() throws(BatchRejection) -> CompressionCodec {
    guard let codec = attributes.codec else {
      throw BatchRejection(
        code: .unsupportedCompressionType,
        message: "Compression type \(attributes.codecNumber) is not known.")
    }
    return codec
  }

  /// Exactly one batch of magic 2 that fills `bytes`. Older formats have their magic at the same
  /// place, but are shorter.
  private static func soleBatch(in bytes: [UInt8]) throws(BatchRejection) -> BatchHeader {
    guard bytes.count > 16 else {
      throw .invalidRecord("The request must hold one record batch, found \(bytes.count) bytes.")
    }
    let magic = Int8(bitPattern: bytes[16])
    guard (0...2).contains(magic) else {
      throw BatchRejection(
        code: .corruptMessage, message: "Invalid magic found in record: \(magic)")
    }
    guard magic == 2 else {
      throw .invalidRecord("Only record batches of magic 2 are taken, found magic \(magic).")
    }
    let (length, size) = bytes.withUnsafeBytes { bytes in
      let length: Int32 = bytes.bigEndian(at: 8)
      return (length, Int(length) + lengthPrefix)
    }
    guard size >= Self.size else {
      throw BatchRejection(
        code: .corruptMessage, message: "The batch length \(length) is below a header's.")
    }
    guard size <= bytes.count else {
      throw .invalidRecord(
        "The records end before the batch does: it says \(size) bytes, found \(bytes.count).")
    }
    guard size == bytes.count else {
      throw .invalidRecord(
        "The request must hold exactly one record batch: \(bytes.count - size) bytes follow it.")
    }
    guard let header = BatchHeader(parsing: bytes) else {
      preconditionFailure("the size was checked above")
    }
    return header
  }

  private func checkAttributes() throws(BatchRejection) {
    if attributes.contains(.control) {
      throw .invalidRecord("Clients may not write control batches.")
    }
    // Only compaction sets a delete horizon, and a bit without a meaning today could get one.
    let known = BatchAttributes(rawValue: 7).union([.logAppendTime, .transactional, .control])
    guard attributes.isSubset(of: known) else {
      throw .invalidRecord("Unknown batch attributes: \(attributes.subtracting(known).rawValue).")
    }
  }

  private func checkCounts() throws(BatchRejection) {
    guard recordCount > 0 else {
      throw .invalidRecord("The record count must be positive, found \(recordCount).")
    }
    guard recordCount - 1 == lastOffsetDelta else {
      throw .invalidRecord(
        "The record count \(recordCount) does not match the last offset delta \(lastOffsetDelta).")
    }
  }

  private func checkProducer() throws(BatchRejection) {
    guard producerID >= -1 else {
      throw .invalidRecord("The producer id must be -1 or positive, found \(producerID).")
    }
    guard producerID >= 0 else {
      if attributes.contains(.transactional) {
        throw .invalidRecord("A transactional batch needs a producer id.")
      }
      return
    }
    guard producerEpoch >= 0 else {
      throw .invalidRecord("A batch with a producer id needs an epoch, found \(producerEpoch).")
    }
    guard baseSequence >= 0 else {
      throw .invalidRecord("A batch with a producer id needs a sequence, found \(baseSequence).")
    }
  }
}
