import BatchCodec
import Coordination

/// Records of one partition that wait to be sent together.
package struct OpenBatch: Sendable {
  /// Who wants to know what became of a record; the others were sent to be forgotten.
  struct Waiter: Sendable {
    let index: Int
    let timestamp: Int64
    let completion: ProduceCompletion
  }

  /// Of all that were begun; counted from 1.
  package let number: UInt64
  package let partition: TopicPartition
  let createdAt: Instant
  private(set) var builder: BatchBuilder
  private(set) var waiters: [Waiter] = []

  /// - Parameters:
  ///   - bytes: How large it will be, as far as one can tell.
  ///   - count: How many of its records somebody will wait for.
  init(
    _ number: UInt64, for partition: TopicPartition, at now: Instant, expecting bytes: Int = 0,
    waiters count: Int = 0
  ) {
    builder = BatchBuilder(capacity: bytes)
    waiters.reserveCapacity(count)
    self.number = number
    self.partition = partition
    createdAt = now
  }

  /// Bytes, uncompressed.
  var size: Int { builder.size }
  var count: Int { builder.count }

  /// The result is how many bytes that takes.
  mutating func append(_ record: OutgoingRecord, _ completion: ProduceCompletion?) -> Int {
    let before = count == 0 ? 0 : size
    if let completion {
      waiters.append(
        Waiter(index: builder.count, timestamp: record.timestamp, completion: completion))
    }
    builder.append(
      timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
    return size - before
  }
}
