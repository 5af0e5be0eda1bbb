import ActaClient
import Arguments

extension TransactionsTool {
  func describeProducers(_ admin: Admin, _ console: Console) async throws {
    let broker = invocation[TransactionOptions.brokerID]
    let whose = broker.map { "broker \($0)" } ?? "leader"
    let producers = try await attempting(
      "describe producers for partition \(partition) on \(whose)"
    ) {
      try await self.producers(admin, on: broker)
    }
    write(
      [
        "ProducerId", "ProducerEpoch", "LatestCoordinatorEpoch", "LastSequence", "LastTimestamp",
        "CurrentTransactionStartOffset",
      ],
      producers.map { producer in
        [
          "\(producer.producerID)", "\(producer.producerEpoch)",
          "\(producer.coordinatorEpoch ?? -1)", "\(producer.lastSequence ?? -1)",
          "\(producer.lastTimestamp)", Self.text(producer.currentTransactionStartOffset),
        ]
      }, console)
  }

  private var partition: TopicPartition {
    TopicPartition(invocation[TransactionOptions.topic], invocation[TransactionOptions.partition])
  }

  private func producers(_ admin: Admin, on broker: Int32? = nil) async throws -> [ProducerState] {
    let results = try await admin.describeProducers([partition], on: broker)
    guard let states = results[partition] else {
      preconditionFailure("each partition that is asked about is told of")
    }
    return try states.get()
  }

  // MARK: Aborting

  func checkIdentity() throws(ToolError) {
    let hasOffset = invocation[TransactionOptions.startOffset] != nil
    let hasID = invocation[TransactionOptions.producerID] != nil
    if !hasOffset, !hasID {
      throw ToolError(
        "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 "
          + "or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older "
          + "brokers)")
    }
    if hasOffset { return }
    if invocation[TransactionOptions.producerEpoch] == nil {
      throw ToolError("Missing required argument --producer-epoch")
    }
    if invocation[TransactionOptions.coordinatorEpoch] == nil {
      throw ToolError("Missing required argument --coordinator-epoch")
    }
  }

  func abort(_ admin: Admin, _ console: Console) async throws {
    let spec = try await abortion(admin)
    try await attempting("abort transaction \(spec.kafkaText)") {
      try await admin.abortTransaction(spec)
    }
  }

  private func abortion(_ admin: Admin) async throws -> AbortTransactionSpec {
    if let offset = invocation[TransactionOptions.startOffset] {
      return try await abortion(admin, at: offset)
    }
    guard let id = invocation[TransactionOptions.producerID],
      let epoch = invocation[TransactionOptions.producerEpoch],
      let coordinatorEpoch = invocation[TransactionOptions.coordinatorEpoch]
    else { preconditionFailure("it was checked that all of them are there") }
    return AbortTransactionSpec(
      partition, producerID: id, producerEpoch: Int16(truncatingIfNeeded: epoch),
      // Without a marker there has been no coordinator's epoch.
      coordinatorEpoch: max(0, coordinatorEpoch))
  }

  /// Of the producer whose transaction begins there.
  private func abortion(_ admin: Admin, at offset: Int64) async throws -> AbortTransactionSpec {
    let states = try await attempting("validate producer state for partition \(partition)") {
      try await producers(admin)
    }
    guard let state = states.first(where: { $0.currentTransactionStartOffset == offset }) else {
      throw ToolError(
        "Could not find any open transactions starting at offset \(offset) on partition \(partition)"
      )
    }
    return AbortTransactionSpec(
      partition, producerID: state.producerID,
      producerEpoch: Int16(truncatingIfNeeded: state.producerEpoch),
      coordinatorEpoch: max(0, state.coordinatorEpoch ?? -1))
  }
}

extension AbortTransactionSpec {
  fileprivate var kafkaText: String {
    "AbortTransactionSpec(topicPartition=\(partition), producerId=\(producerID), "
      + "producerEpoch=\(producerEpoch), coordinatorEpoch=\(coordinatorEpoch))"
  }
}
