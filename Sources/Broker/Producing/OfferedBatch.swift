import ActaModel
import BatchCodec
import Bytes
import LogStorage

/// One partition's records in a Produce request: everything was checked that needs no look into them.
struct OfferedBatch: Sendable {
  let partition: PartitionID
  /// `orders-0`, for an error's sentence.
  let subject: String
  /// Part of the request's frame.
  let records: ByteSlice
  let rules: BatchRules
  /// In whose transaction it is, if the batch says that it is in one.
  var transaction: TransactionalClaim?

  /// What the batch says that its records are compressed with; `none` for what is no batch.
  var codec: CompressionCodec {
    let attributes = records.integer(at: BatchHeader.checksummedFrom, as: Int16.self)
    return attributes.flatMap { BatchAttributes(rawValue: $0).codec } ?? .none
  }

  /// Whether the topic keeps its batches compressed with something else.
  var isPackedAnew: Bool {
    guard let wanted = rules.compression else { return false }
    return wanted != .none && wanted != codec
  }

  /// What a compressed batch says that it unpacks to. Not to be relied on: it says where to begin.
  var declaredBytes: Int? {
    records.withUnsafeBytes { bytes in
      guard bytes.count > BatchHeader.size else { return nil }
      return Compression.declaredSize(
        of: UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.size...]), codec: codec)
    }
  }

  /// The most that it can take unpacked.
  var mostBytes: Int {
    min(rules.maxDecompressedBytes, Compression.mostBytes(from: records.count, codec: codec))
  }

  func validate(unpackingTo limit: Int, now: Int64) -> Result<ProducedBatch, BatchRejection> {
    var rules = rules
    rules.maxDecompressedBytes = min(rules.maxDecompressedBytes, limit)
    rules.subject = subject
    return Result { () throws(BatchRejection) in
      try ProducedBatch.validate([UInt8](records), rules: rules, now: now)
    }
  }

  /// Whether a rejection may be of the limit alone: with more room the verdict could be another.
  func isUndecided(_ rejection: BatchRejection, at limit: Int) -> Bool {
    rejection.code == .messageTooLarge && limit < mostBytes
      && records.count <= rules.maxMessageBytes
  }
}

/// A batch that may be appended.
struct AcceptedBatch: Sendable {
  let append: PartitionAppend
  let subject: String

  init(_ batch: ProducedBatch, of offered: OfferedBatch) {
    append = PartitionAppend(
      partition: offered.partition, batch: batch, transaction: offered.transaction)
    subject = offered.subject
  }

  /// What it takes beside the bytes that came.
  var unpackedBytes: Int { append.batch.uncompressedRecords?.count ?? 0 }

  func appended(_ result: Result<AppendOutcome, StorageError>) -> Checked<AppendOutcome> {
    result.mapError { ProtocolError($0, about: subject) }
  }
}
