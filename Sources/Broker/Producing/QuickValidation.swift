import BatchCodec
import Bytes

/// What a request may take of the event loop that it came in on, where others wait: a millisecond or
/// two. Nearly all requests take less, and are validated without changing threads. Anything beyond is
/// for `ProduceIntake`'s threads, with no verdict given: where a batch is judged makes no difference to
/// the verdict.
struct QuickValidation {
  /// Batches of one request.
  static let maxBatches = 64
  /// Of those, the first of their partitions; each takes the writer a millisecond.
  static let maxFirst = 4
  /// Three gigabytes a second are validated; to compress takes sixteen times as long and more.
  private var bytesLeft = 4 << 20
  /// One gigabyte a second is unpacked, but of gzip a quarter.
  private var unpackedBytesLeft = 1 << 20

  /// `nil` when it would take too long.
  mutating func validate(
    _ offered: OfferedBatch, now: Int64
  ) -> Result<ProducedBatch, BatchRejection>? {
    let codec = offered.codec
    let packing = offered.isPackedAnew ? 16 : 1
    bytesLeft -= packing * offered.records.count
    guard bytesLeft >= 0 else { return nil }
    if codec == .none { return offered.validate(unpackingTo: .max, now: now) }
    let cost = packing * (codec == .gzip ? 4 : 1)
    let limit = unpackedBytesLeft / cost
    if let declared = offered.declaredBytes, declared > limit { return nil }
    let result = offered.validate(unpackingTo: limit, now: now)
    switch result {
    case .failure(let rejection) where offered.isUndecided(rejection, at: limit): return nil
    case .failure: unpackedBytesLeft -= cost * min(limit, offered.records.count)
    case .success(let batch):
      unpackedBytesLeft -= cost * (batch.uncompressedRecords?.count ?? batch.bytes.count)
    }
    return result
  }
}
