import ActaModel
import BatchCodec
import Synchronization

/// The right to decompress a lot; one request at a time has it.
final class LargeRequestPermit: Sendable {
  private let isTaken = Atomic<Bool>(false)

  func take() -> Bool {
    isTaken.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing)
      .exchanged
  }

  func giveBack() { isTaken.store(false, ordering: .releasing) }
}

/// What the batches of one Produce request may decompress to, all together.
///
/// A limit for each batch alone does not protect: a request may hold thousands of batches of a few
/// kilobytes that become 64 MB each. The ordinary allowance is ample for the requests that producers
/// make; beyond it a request needs the permit, which it holds until its batches are written.
struct DecompressionAllowance {
  static let ordinaryBytes = 16 << 20

  private let largestBytes: Int
  private let permit: LargeRequestPermit
  private var usedBytes = 0
  private(set) var holdsPermit = false
  /// A batch has not fitted. Trying the next ones as well would only take time.
  private var isSpent = false

  /// - Parameter largestBytes: What a request with the permit may decompress to.
  init(largestBytes: Int, permit: LargeRequestPermit) {
    self.largestBytes = largestBytes
    self.permit = permit
  }

  mutating func validate(
    _ bytes: [UInt8], rules: BatchRules, now: Int64
  ) throws(ProtocolError) -> ProducedBatch {
    let ordinary = min(Self.ordinaryBytes, largestBytes)
    if isSpent, Self.isCompressed(bytes) {
      throw ProtocolError(
        .kafkaStorageError, "Other batches of the request are too large; try again without them.")
    }
    let first = take(bytes, rules: rules, now: now, limit: holdsPermit ? largestBytes : ordinary)
    guard case .failure(let rejection) = first, rejection.code == .messageTooLarge,
      bytes.count <= rules.maxMessageBytes
    else { return try first.mapError(ProtocolError.init).get() }
    if holdsPermit || ordinary == largestBytes {
      isSpent = true
      throw ProtocolError(rejection)
    }
    guard permit.take() else {
      isSpent = true
      throw ProtocolError(
        .kafkaStorageError, "Another very large request is being written; try again.")
    }
    holdsPermit = true
    let second = take(bytes, rules: rules, now: now, limit: largestBytes)
    if case .failure(let rejection) = second { isSpent = rejection.code == .messageTooLarge }
    return try second.mapError(ProtocolError.init).get()
  }

  private mutating func take(
    _ bytes: [UInt8], rules: BatchRules, now: Int64, limit: Int
  ) -> Result<ProducedBatch, BatchRejection> {
    var rules = rules
    rules.maxDecompressedBytes = min(rules.maxDecompressedBytes, max(0, limit - usedBytes))
    let result = Result { () throws(BatchRejection) in
      try ProducedBatch.validate(bytes, rules: rules, now: now)
    }
    if case .success(let batch) = result {
      let held = batch.bytes.count + (batch.uncompressedRecords?.count ?? 0)
      usedBytes += max(0, held - bytes.count)
    }
    return result
  }

  private static func isCompressed(_ bytes: [UInt8]) -> Bool {
    BatchHeader(parsing: bytes)?.attributes.codec != CompressionCodec.none
  }
}
