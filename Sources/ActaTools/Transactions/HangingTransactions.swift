import ActaCLI
import ActaClient
import Arguments

/// An open transaction of one partition.
struct OpenTransaction: Sendable {
  let partition: TopicPartition
  let producer: ProducerState
  let startOffset: Int64

  /// Of those that have been open for so long.
  static func all(
    in partitions: [TopicPartition], on broker: Int32?, lastActiveBefore milliseconds: Int64,
    _ admin: Admin
  ) async throws -> [OpenTransaction] {
    let states = try await admin.describeProducers(partitions, on: broker)
    return try states.sorted { ($0.key.topic, $0.key.partition) < ($1.key.topic, $1.key.partition) }
      .flatMap { partition, result in
        try result.get().compactMap { producer in
          guard let offset = producer.currentTransactionStartOffset,
            producer.lastTimestamp < milliseconds
          else { return nil }
          return OpenTransaction(partition: partition, producer: producer, startOffset: offset)
        }
      }
  }
}

/// What a transaction is in while its coordinator knows of it: which partitions each producer id has.
struct KnownTransactions: Sendable {
  private let partitions: [Int64: Set<TopicPartition>]

  init(ofProducers ids: Set<Int64>, _ admin: Admin) async throws {
    let listings = try await admin.listTransactions(producerIDs: ids)
    let descriptions = try await admin.describeTransactions(listings.map(\.transactionalID))
    var partitions: [Int64: Set<TopicPartition>] = [:]
    for result in descriptions.values {
      let description = try result.get()
      partitions[description.producerID, default: []].formUnion(description.partitions)
    }
    self.partitions = partitions
  }

  func contains(_ transaction: OpenTransaction) -> Bool {
    partitions[transaction.producer.producerID]?.contains(transaction.partition) == true
  }
}

extension TransactionsTool {
  func checkScope() throws(ToolError) {
    let topic = invocation[TransactionOptions.searchedTopic]
    if topic == nil, invocation[TransactionOptions.searchedBroker] == nil {
      throw ToolError(
        "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the "
          + "search")
    }
    if topic == nil, invocation[TransactionOptions.searchedPartition] != nil {
      throw ToolError("The --partition argument requires --topic to be provided")
    }
  }

  /// Those that are open in a partition, and that no coordinator would ever end.
  func findHanging(_ admin: Admin, _ console: Console) async throws {
    let broker = invocation[TransactionOptions.searchedBroker]
    let now = LogOutput.now()
    let patience = Int64(max(0, invocation[TransactionOptions.maxTimeout])) * 60_000
    let partitions = try await searched(admin)
    let open = try await attempting("describe producers for \(partitions.count) partitions") {
      try await OpenTransaction.all(
        in: partitions, on: broker, lastActiveBefore: now - patience, admin)
    }
    var hanging: [OpenTransaction] = []
    if !open.isEmpty {
      let known = try await attempting("list transactions for \(open.count) producers") {
        try await KnownTransactions(ofProducers: Set(open.map(\.producer.producerID)), admin)
      }
      hanging = open.filter { !known.contains($0) }
    }
    write(
      [
        "Topic", "Partition", "ProducerId", "ProducerEpoch", "CoordinatorEpoch", "StartOffset",
        "LastTimestamp", "Duration(min)",
      ], hanging.map { Self.row($0, now) }, console)
  }

  private static func row(_ transaction: OpenTransaction, _ now: Int64) -> [String] {
    let producer = transaction.producer
    return [
      transaction.partition.topic, "\(transaction.partition.partition)", "\(producer.producerID)",
      "\(producer.producerEpoch)", "\(producer.coordinatorEpoch ?? -1)",
      "\(transaction.startOffset)", "\(producer.lastTimestamp)",
      "\((now - producer.lastTimestamp) / 60_000)",
    ]
  }

  /// The partitions of the topic, or of all; of the broker, if it was named.
  private func searched(_ admin: Admin) async throws -> [TopicPartition] {
    let topic = invocation[TransactionOptions.searchedTopic]
    if let topic, let number = invocation[TransactionOptions.searchedPartition] {
      return [TopicPartition(topic, number)]
    }
    let topics = try await attempting("list topics") { () throws -> [String] in
      if let topic { return [topic] }
      return try await admin.listTopics(includeInternal: true).map(\.name)
    }
    let broker = invocation[TransactionOptions.searchedBroker]
    return try await attempting("describe \(topics.count) topics") {
      try await admin.describeTopics(topics).values().flatMap { description in
        description.partitions
          .filter { part in broker.map { id in part.replicas.contains(id) } ?? true }
          .map { TopicPartition(description.name, $0.partition) }
      }
    }
  }
}
