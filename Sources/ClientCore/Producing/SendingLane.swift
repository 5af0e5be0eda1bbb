import ActaModel
import Coordination

/// What the sender knows of one partition: how far the order of its batches has come, and which of them must be
/// sent again.
///
/// A batch that has to be sent again goes before all others, and alone: until it is settled nothing overtakes
/// it, so that records of a partition keep their order whatever fails. With idempotence each batch has a
/// sequence, by which the broker tells what it has already (KIP-98); the sequences begin anew, under a raised
/// epoch, when the broker says that one before is missing and that one has been given up here (KIP-360).
struct SendingLane {
  /// Under whose name the sequences run; `nil` until the first batch, and without idempotence.
  private(set) var claim: ProducerClaim?
  private var nextSequence: Int32 = 0
  /// The broker has taken a batch under the claim's id. Of a producer that it does not know it takes any sequence,
  /// so until then a second batch could go in before the first. (In a transaction that would end it.)
  private var isAcquainted = false
  /// Batches under way.
  private(set) var inFlightCount = 0
  /// The one that is under way was sent before. Were others sent behind it, again with each attempt, the broker would
  /// in time have forgotten that it has it.
  private var isRepeating = false
  /// In the order in which they were sent first.
  private(set) var again: [SealedBatch] = []
  /// Not before then.
  private(set) var notBefore: Instant?

  var isIdle: Bool { inFlightCount == 0 && again.isEmpty }

  /// Whether a batch may be sent that was never sent.
  func takesNew(_ settings: ProducerSettings) -> Bool {
    let isUnknown = settings.enableIdempotence && settings.transactionalID == nil && !isAcquainted
    let most = isUnknown ? 1 : settings.maxInFlightPerPartition
    return again.isEmpty && !isRepeating && inFlightCount < most
  }

  /// Whether there is something to send again, and the time for it has come.
  func repeats(at now: Instant) -> Bool {
    !again.isEmpty && inFlightCount == 0 && (notBefore.map { $0 <= now } ?? true)
  }

  /// A batch goes out for the first time.
  mutating func begin(
    _ batch: inout SealedBatch, as producer: ProducerClaim?, isTransactional: Bool
  ) {
    inFlightCount += 1
    batch.attempts += 1
    guard let producer else { return }
    // Another id begins them anew, once nothing is under way with the one before; the epoch is the lane's own.
    if claim == nil || inFlightCount == 1 && claim?.id != producer.id {
      claim = producer
      nextSequence = 0
      isAcquainted = false
    }
    guard let claim else { return }
    batch.claim(by: claim, sequence: nextSequence, isTransactional: isTransactional)
    nextSequence = Self.sequence(nextSequence, after: batch.recordCount)
  }

  /// The batch that goes first of those that are sent again.
  mutating func takeAgain() -> SealedBatch {
    var batch = again.removeFirst()
    batch.attempts += 1
    inFlightCount += 1
    isRepeating = true
    notBefore = nil
    return batch
  }

  mutating func returned() {
    inFlightCount -= 1
    isRepeating = false
  }

  /// The broker has taken a batch.
  mutating func taken() { isAcquainted = true }

  /// - Parameter notBefore: When it may be tried.
  mutating func repeatLater(_ batch: SealedBatch, notBefore: Instant) {
    let place = again.firstIndex { Self.isBefore(batch, $0) } ?? again.endIndex
    again.insert(batch, at: place)
    self.notBefore = max(self.notBefore ?? notBefore, notBefore)
  }

  /// Batches of a partition are sent in the order in which they were begun.
  private static func isBefore(_ one: SealedBatch, _ other: SealedBatch) -> Bool {
    (one.number, one.firstIndex) < (other.number, other.firstIndex)
  }

  /// Whether none that was sent before this one is still to be settled.
  func isOldest(_ batch: SealedBatch) -> Bool {
    inFlightCount == 0 && again.allSatisfy { !Self.isBefore($0, batch) }
  }

  /// The same of a batch that has not returned yet.
  func isAlone(_ batch: SealedBatch) -> Bool {
    inFlightCount == 1 && again.allSatisfy { !Self.isBefore($0, batch) }
  }

  /// The broker misses what came before, and that will not come any more: what is left begins anew. None of it
  /// can have been appended, for the broker takes nothing behind a gap.
  ///
  /// - Parameter fresh: A producer id for when the epochs of this one have run out; `nil` where there is none
  ///   yet.
  /// - Returns: Whether it could be done.
  mutating func startOver(_ fresh: ProducerClaim?) -> Bool {
    guard let claim else { return true }
    if claim.epoch < .max {
      self.claim = ProducerClaim(id: claim.id, epoch: claim.epoch + 1)
    } else if let fresh, fresh.id != claim.id {
      self.claim = fresh
      isAcquainted = false
    } else {
      return false
    }
    nextSequence = 0
    for index in again.indices {
      guard let claim = self.claim else { break }
      again[index].claim(by: claim, sequence: nextSequence, isTransactional: false)
      nextSequence = Self.sequence(nextSequence, after: again[index].recordCount)
    }
    return true
  }

  /// Gives up those whose time is over.
  mutating func takeExpired(before time: Instant) -> [SealedBatch] {
    let expired = again.filter { $0.createdAt < time }
    if expired.isEmpty { return [] }
    again.removeAll { $0.createdAt < time }
    if again.isEmpty { notBefore = nil }
    return expired
  }

  mutating func takeAll() -> [SealedBatch] {
    defer {
      again = []
      notBefore = nil
    }
    return again
  }

  static func sequence(_ sequence: Int32, after count: Int) -> Int32 {
    Int32((Int64(sequence) + Int64(count)) & 0x7fff_ffff)
  }
}
