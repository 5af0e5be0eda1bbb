import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// The transactional ids that there are; each broker tells of those that it coordinates.
  ///
  /// - Parameters:
  ///   - states: Empty: whatever they are.
  ///   - producerIDs: Empty: all.
  ///   - longerThanMilliseconds: Only those whose transaction has been open for longer. Needs Kafka 3.8.
  ///   - pattern: Only ids that match as a whole, in RE2's syntax; brokers refuse what is none with 128. Needs
  ///     Kafka 4.1.
  /// - Throws: `KafkaError` if any broker cannot be asked: the list is whole or there is none.
  public func listTransactions(
    states: Set<TransactionState> = [], producerIDs: Set<Int64> = [],
    longerThanMilliseconds: Int64? = nil, matching pattern: String? = nil
  ) async throws(KafkaError) -> [TransactionListing] {
    var request = ListTransactionsRequest()
    request.stateFilters = states.map(\.rawValue).sorted()
    request.producerIDFilters = producerIDs.sorted()
    request.durationFilter = longerThanMilliseconds.map { max(0, $0) } ?? -1
    request.transactionalIDPattern = pattern
    let oldest: Int16 = pattern == nil ? longerThanMilliseconds == nil ? 0 : 1 : 2
    let question = request
    // A state that a broker does not know none of its transactions has.
    let listings = try await perform("listTransactions(api=METADATA)") {
      call throws(ClientFailure) in
      try await call.ofAllBrokers { broker throws(ClientFailure) in
        let response = try await call.send(question, to: broker, from: oldest)
        guard response.errorCode == .none else { throw ClientFailure(response.errorCode) }
        return response.transactionStates.map { listing in
          TransactionListing(
            transactionalID: listing.transactionalID, producerID: listing.producerID,
            state: TransactionState(rawValue: listing.state) ?? .unknown, coordinator: broker)
        }
      }
    }
    return listings.joined().sorted { $0.transactionalID < $1.transactionalID }
  }

  /// Transactional ids, and what their producers have begun.
  ///
  /// - Returns: By id; 105 for one that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeTransactions(
    _ ids: some Sequence<String>
  ) async throws(KafkaError) -> [String: Result<TransactionDescription, KafkaError>] {
    try await performEach("describeTransactions(api=FIND_COORDINATOR)") {
      call throws(ClientFailure) in
      try await call.each(ids, by: .coordinator(.transaction, \.self)) {
        node, ids throws(ClientFailure) in
        var request = DescribeTransactionsRequest()
        request.transactionalIDs = ids
        let response = try await call.send(request, to: node)
        return .telling(response.transactionStates) { transaction in
          let id = transaction.transactionalID
          let description = TransactionDescription(transaction, at: node ?? -1)
          return (id, .of(transaction.errorCode, nil, about: "transactional.id \(id)", description))
        }
      }
    }
  }

  /// Fences whoever uses transactional ids, and aborts what is open: the next producer of each is not held up.
  ///
  /// - Returns: By id.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func fenceProducers(
    _ ids: some Sequence<String>
  ) async throws(KafkaError) -> [String: Result<Void, KafkaError>] {
    try await performEach("fenceProducer(api=FIND_COORDINATOR)") { call throws(ClientFailure) in
      try await call.each(ids, by: .coordinator(.transaction, \.self)) {
        node, ids throws(ClientFailure) in
        var results: [String: Result<Void, ClientFailure>] = [:]
        for id in ids {
          var request = InitProducerIdRequest()
          request.transactionalID = id
          // It is aborted by this request; of what comes later its producer will say how long it may take.
          request.transactionTimeoutMilliseconds = 1
          let response = try await call.send(request, to: node)
          results[id] = .of(response.errorCode, nil, about: "transactional.id \(id)", ())
        }
        return results
      }
    }
  }

  /// Aborts what a transactional id has open, whoever has begun it, and fences its producer.
  ///
  /// - Throws: `KafkaError`: 53 and what else its coordinator refuses.
  public func forceTerminateTransaction(_ id: String) async throws(KafkaError) {
    for result in try await fenceProducers([id]).values { try result.get() }
  }

  /// The idempotent producers that partitions remember, and where their open transactions begin.
  ///
  /// - Parameter broker: Whom to ask; `nil`: each partition's leader.
  /// - Returns: By partition, by producer id; 3 for a partition that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeProducers(
    _ partitions: some Sequence<TopicPartition>, on broker: Int32? = nil
  ) async throws(KafkaError) -> [TopicPartition: Result<[ProducerState], KafkaError>] {
    let route: AdminRoute<TopicPartition> = broker.map { id in .broker { _ in id } } ?? .leader
    let name = "describeProducers(api=\(broker == nil ? "METADATA" : "DESCRIBE_PRODUCERS"))"
    return try await performEach(name) { call throws(ClientFailure) in
      try await call.each(partitions, by: route) { node, partitions throws(ClientFailure) in
        var request = DescribeProducersRequest()
        request.topics = partitions.byTopic.map { name, numbers in
          var topic = DescribeProducersRequest.Topic()
          topic.name = name
          topic.partitionIndexes = numbers
          return topic
        }
        let response = try await call.send(request, to: node)
        return .telling(response.topics, \.name, \.partitions, \.partitionIndex) {
          partition, answer in
          let producers = answer.activeProducers.map { ProducerState($0) }
          return .of(
            answer.errorCode, answer.errorMessage, at: partition,
            producers.sorted { $0.producerID < $1.producerID })
        }
      }
    }
  }

  /// Aborts a transaction in one partition, even if its coordinator knows nothing of it: one that hangs there keeps
  /// consumers of committed records from going on. `describeProducers` tells what to put in.
  ///
  /// - Throws: `KafkaError`: 47 for an epoch that is not the producer's, 3 for a partition that is not there.
  public func abortTransaction(_ spec: AbortTransactionSpec) async throws(KafkaError) {
    let results = try await performEach("abortTransaction(api=METADATA)") {
      call throws(ClientFailure) in
      try await call.each([spec.partition], by: .leader) { node, _ throws(ClientFailure) in
        var marker = WriteTxnMarkersRequest.Marker()
        marker.producerID = spec.producerID
        marker.producerEpoch = spec.producerEpoch
        marker.coordinatorEpoch = spec.coordinatorEpoch
        marker.transactionResult = false
        var topic = WriteTxnMarkersRequest.Topic()
        topic.name = spec.partition.topic
        topic.partitionIndexes = [spec.partition.partition]
        marker.topics = [topic]
        var request = WriteTxnMarkersRequest()
        request.markers = [marker]
        let response = try await call.send(request, to: node)
        let answer = response.markers.first?.topics.first?.partitions.first
        return answer.map { [spec.partition: .of($0.errorCode, at: spec.partition, ())] } ?? [:]
      }
    }
    for result in results.values { try result.get() }
  }
}

extension TransactionDescription {
  fileprivate init(_ transaction: DescribeTransactionsResponse.Transaction, at node: Int32) {
    transactionalID = transaction.transactionalID
    state = TransactionState(rawValue: transaction.state) ?? .unknown
    producerID = transaction.producerID
    producerEpoch = transaction.producerEpoch
    timeoutMilliseconds = transaction.timeoutMilliseconds
    startTime = transaction.startTimeMilliseconds < 0 ? nil : transaction.startTimeMilliseconds
    partitions = Set(
      transaction.topics.flatMap { topic in
        topic.partitions.map { TopicPartition(topic.topic, $0) }
      })
    coordinator = node
  }
}

extension ProducerState {
  fileprivate init(_ producer: DescribeProducersResponse.Producer) {
    producerID = producer.producerID
    producerEpoch = producer.producerEpoch
    lastSequence = producer.lastSequence < 0 ? nil : producer.lastSequence
    lastTimestamp = producer.lastTimestamp
    coordinatorEpoch = producer.coordinatorEpoch < 0 ? nil : producer.coordinatorEpoch
    currentTransactionStartOffset =
      producer.currentTransactionStartOffset < 0 ? nil : producer.currentTransactionStartOffset
  }
}
