import BatchCodec

/// Which partition a record goes to if it does not say.
package enum PartitionChoice: Sendable {
  /// Kafka's default (KIP-794): by the key's murmur2; records without a key stay with one partition until it
  /// has had `batch.size` bytes, then go to another, seldom to one that is behind.
  case standard
  /// One after the other, whatever the key.
  case roundRobin
  /// - Returns: From 0 up to the count.
  case custom(@Sendable (_ topic: String, _ key: UnsafeRawBufferPointer?, _ count: Int32) -> Int32)
}

/// One topic's partitions, as the accumulator chooses among them.
struct TopicLanes: Sendable {
  /// One that has shrunk is another topic of the same name: what waits for partitions that are gone keeps its
  /// lanes, until its time is up.
  var lanes: [RecordAccumulator.Lane]
  /// How many partitions there are.
  private(set) var count: Int
  private var sticky: (partition: Int, bytes: Int)?
  private var nextRound = 0

  init(count: Int) {
    lanes = [RecordAccumulator.Lane](repeating: RecordAccumulator.Lane(), count: count)
    self.count = count
  }

  mutating func change(to count: Int) {
    if self.count == count { return }
    self.count = count
    sticky = nil
    nextRound = 0
    while lanes.count < count { lanes.append(RecordAccumulator.Lane()) }
  }

  /// - Parameter random: Any number.
  mutating func choose(
    _ choice: PartitionChoice, topic: String, key: UnsafeRawBufferPointer?, bytes: Int,
    batchSize: Int, random: () -> UInt64
  ) -> Int32 {
    let number = Int32(count)
    switch choice {
    case .custom(let choose): return choose(topic, key, number)
    case .roundRobin:
      defer { nextRound = (nextRound + 1) % count }
      return Int32(nextRound)
    case .standard:
      if let key { return Partitioner.partition(forKey: key, count: number) }
      return Int32(stickyPartition(bytes, batchSize, random))
    }
  }

  private mutating func stickyPartition(
    _ bytes: Int, _ batchSize: Int, _ random: () -> UInt64
  ) -> Int {
    if let sticky, sticky.bytes < batchSize {
      self.sticky = (sticky.partition, sticky.bytes + bytes)
      return sticky.partition
    }
    let partition = leastBehind(random())
    sticky = (partition, bytes)
    return partition
  }

  /// Any one, the less probable the more batches wait for it.
  private func leastBehind(_ random: UInt64) -> Int {
    let lanes = lanes.prefix(count)
    let longest = lanes.reduce(0) { max($0, $1.waitingCount) }
    let total = lanes.reduce(0) { $0 + longest + 1 - $1.waitingCount }
    var drawn = Int(random % UInt64(total))
    for (partition, lane) in lanes.enumerated() {
      drawn -= longest + 1 - lane.waitingCount
      if drawn < 0 { return partition }
    }
    return count - 1
  }
}
