package import ActaModel
import BatchCodec
package import Coordination
package import KafkaWire

// What comes of fetches.
extension Fetcher {
  package mutating func failed(_ plan: Plan, _ failure: ClientFailure, at now: Instant) -> Result {
    fetching.remove(plan.node)
    var result = Result()
    for part in plan.parts where isCurrent(part) {
      repeatLater(part.partition, at: now)
      result.outdated.insert(part.partition.topic)
    }
    if !failure.isRetriable { result.failures.append(failure.at(plan.node)) }
    return result
  }

  package mutating func answered(
    _ plan: Plan, _ response: FetchResponse, names: [TopicID: String], at now: Instant
  ) -> Result {
    fetching.remove(plan.node)
    guard response.errorCode == .none else {
      let failure = ClientFailure(response.errorCode)
      fetching.insert(plan.node)
      return failed(plan, failure, at: now)
    }
    var result = Result()
    var asked = Dictionary(
      plan.parts.map { ($0.partition, $0) }, uniquingKeysWith: { first, _ in first })
    for topic in response.responses {
      guard let name = topic.topicID == .zero ? topic.topic : names[topic.topicID] else { continue }
      for answer in topic.partitions {
        let partition = TopicPartition(name, answer.partitionIndex)
        guard let part = asked.removeValue(forKey: partition), isCurrent(part) else { continue }
        take(answer, of: plan.node, for: part, at: now, &result)
      }
    }
    // A broker that says nothing of a partition is not asked again at once.
    for part in asked.values where isCurrent(part) {
      repeatLater(part.partition, at: now)
      result.outdated.insert(part.partition.topic)
    }
    return result
  }

  /// Of a position that was left meanwhile nothing is wanted; nor of one that another fetch has moved on, to the
  /// leader that the partition has now.
  private func isCurrent(_ part: Plan.Part) -> Bool {
    guard let state = partitions[part.partition], state.generation == part.generation,
      case .at(part.offset, _) = state.position
    else { return false }
    return true
  }

  private mutating func take(
    _ answer: FetchResponse.Partition, of node: Int32, for part: Plan.Part, at now: Instant,
    _ result: inout Result
  ) {
    switch answer.errorCode {
    case .none: take(answer.records, of: answer, for: part, &result)
    case .offsetOutOfRange:
      let reason = "there is no offset \(part.offset)"
      if let failure = reset(part.partition, because: reason) { result.failures.append(failure) }
    default:
      if answer.errorCode.meansOldMetadata { result.outdated.insert(part.partition.topic) }
      repeatLater(part.partition, at: now)
      if !answer.errorCode.isRetriable {
        result.failures.append(
          ClientFailure(
            answer.errorCode, topic: part.partition.topic, partition: part.partition.partition
          ).at(node))
      }
    }
  }

  private mutating func take(
    _ records: RecordChunks?, of answer: FetchResponse.Partition, for part: Plan.Part,
    _ result: inout Result
  ) {
    partitions[part.partition]?.failures = 0
    partitions[part.partition]?.notBefore = nil
    let bytes = records?.chunks.first ?? []
    guard let end = Self.end(of: bytes) else {
      // A batch that does not fit, from a broker that does not send the first one whole.
      if !bytes.isEmpty, let asked = partitions[part.partition]?.maxBytes {
        partitions[part.partition]?.maxBytes =
          asked.multipliedReportingOverflow(by: 2).overflow
          ? .max : asked * 2
      }
      return
    }
    result.chunks.append(
      FetchedChunk(
        partition: part.partition, generation: part.generation, fetchOffset: part.offset,
        bytes: bytes,
        aborted: (answer.abortedTransactions ?? []).map {
          AbortedTransactionRange(producerID: $0.producerID, firstOffset: $0.firstOffset)
        }.sorted { $0.firstOffset < $1.firstOffset },
        highWatermark: answer.highWatermark, lastStableOffset: answer.lastStableOffset,
        logStartOffset: answer.logStartOffset))
    if end.isDamaged { partitions[part.partition]?.isDamaged = true }
    partitions[part.partition]?.position = .at(
      max(end.offset, part.offset), leaderEpoch: end.leaderEpoch)
  }

  /// Up to where a chunk can be read.
  private struct End {
    /// Behind the last whole batch.
    var offset: Int64
    var leaderEpoch: Int32
    /// There follows what begins like a batch and cannot be one. It is handed on, so that whoever reads it is told.
    var isDamaged = false
  }

  /// `nil`: there is no whole batch.
  private static func end(of bytes: ArraySlice<UInt8>) -> End? {
    bytes.withUnsafeBytes { bytes in
      var end: End?
      var position = 0
      while let header = BatchHeader(
        parsing: UnsafeRawBufferPointer(rebasing: bytes[position...]))
      {
        guard let size = header.credibleSize else {
          var damaged = end ?? End(offset: 0, leaderEpoch: -1)
          damaged.isDamaged = true
          return damaged
        }
        guard size <= bytes.count - position else { break }
        end = End(offset: header.lastOffset + 1, leaderEpoch: header.leaderEpoch)
        position += size
      }
      return end
    }
  }
}
