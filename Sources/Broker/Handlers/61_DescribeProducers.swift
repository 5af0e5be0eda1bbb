import ActaModel
import KafkaWire
import LogStorage

/// DescribeProducers, version 0: the idempotent producers that partitions remember, and where the transaction
/// begins that one has open: if it is open for too long, an administrator ends it by WriteTxnMarkers. The
/// last timestamp is by the broker's clock, where Kafka tells the producer's.
///
/// Each place of the list is answered, as in Kafka; a partition is asked once. One that has more
/// producers than an answer has room for is refused by itself.
///
/// Rights: READ of each topic.
struct DescribeProducersHandler: Handler {
  let broker: Broker

  /// What is asked for all partitions together without waiting for room, and what an answer can hold.
  private static let fewProducers = AnswerSize.small / AnswerSize.element
  private static let mostProducers = AnswerAdmission.largestBytes / AnswerSize.element

  private typealias Found = Checked<[ActiveProducer]>

  /// What was found of each partition that was asked.
  private struct Answers: Sendable {
    let found: [Found]
    var grant: AnswerAdmission.Grant?
  }

  func handle(
    _ request: DescribeProducersRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeProducersResponse>) -> Void
  ) {
    let checked = request.topics.flatMap { topic in
      let found = Result { () throws(ProtocolError) in try self.topic(topic.name, context) }
      return topic.partitionIndexes.map { number in
        found.flatMap { topic in
          topic.partition(number).map { .success($0) }
            ?? .failure(ProtocolError(.unknownTopicOrPartition))
        }
      }
    }
    let partitions = Distinct(checked.lazy.compactMap { try? $0.get() })
    let finish: @Sendable (Answers) -> Void = { answers in
      respond(.large(Self.answer(to: request, checked, partitions, answers)))
    }
    guard !partitions.items.isEmpty else { return finish(Answers(found: [])) }
    ask(partitions.items, atMost: Self.fewProducers) { found in
      guard found.contains(where: Self.isTooMuch) else { return finish(Answers(found: found)) }
      broker.answers.wait(for: AnswerAdmission.largestBytes, on: context.connection) { grant in
        ask(partitions.items, atMost: Self.mostProducers) {
          finish(Answers(found: $0, grant: grant))
        }
      } refuse: {
        respond(.close(reason: "the broker stops"))
      }
    }
  }

  private func topic(
    _ name: String, _ context: RequestContext
  ) throws(ProtocolError) -> Topic {
    try context.session.require(.read, .topic(name))
    if let objection = TopicName.objection(to: name) {
      throw ProtocolError(.invalidTopicException, objection)
    }
    guard let topic = broker.storage.catalog()[name] else {
      throw ProtocolError(
        .unknownTopicOrPartition, "This server does not host this topic-partition.")
    }
    return topic
  }

  /// - Parameter count: Of all partitions together; each gets its share.
  private func ask(
    _ partitions: [PartitionID], atMost count: Int,
    _ completion: @escaping @Sendable ([Found]) -> Void
  ) {
    let share = max(1, count / partitions.count)
    let gather = Gather<Found>(count: partitions.count, completion: completion)
    for (index, partition) in partitions.enumerated() {
      broker.storage.producers(of: partition, atMost: share + 1) { result in
        let found = result.mapError { ProtocolError($0, about: "the partition") }
        gather.put(
          found.flatMap { $0.count > share ? .failure(.answerTooLarge) : .success($0) },
          at: index)
      }
    }
  }

  private static func isTooMuch(_ found: Found) -> Bool {
    if case .failure(let error) = found { error == .answerTooLarge } else { false }
  }

  private static func answer(
    to request: DescribeProducersRequest, _ checked: [Checked<PartitionID>],
    _ partitions: Distinct<PartitionID>, _ answers: Answers
  ) -> LargeAnswer<DescribeProducersResponse> {
    // The partitions are in the order in which their places passed the check.
    var places = partitions.places.makeIterator()
    let found: [Found] = checked.map { check in
      check.flatMap { _ in places.next().map { answers.found[$0] } ?? .success([]) }
    }
    let names = AnswerSize.sum(request.topics) { AnswerSize.element + AnswerSize.text($0.name) }
    let bytes = AnswerSize.sum(found) { size(of: $0) }
    return LargeAnswer(bytes: names + min(bytes, .max - names), grant: answers.grant) {
      var next = found.makeIterator()
      var room = AnswerRoom()
      var response = DescribeProducersResponse()
      response.topics = request.topics.map { topic in
        var answer = DescribeProducersResponse.Topic()
        answer.name = topic.name
        answer.partitions = topic.partitionIndexes.map { number in
          let found = next.next() ?? .success([])
          let fits = room.take(size(of: found))
          return .init(number, fits ? found : .failure(.answerTooLarge))
        }
        return answer
      }
      return response
    }
  }

  private static func size(of found: Found) -> Int {
    switch found {
    case .success(let producers): (producers.count + 1) * AnswerSize.element
    case .failure(let error): AnswerSize.element + AnswerSize.text(error.message)
    }
  }
}

extension DescribeProducersResponse.Partition {
  fileprivate init(_ number: Int32, _ found: Checked<[ActiveProducer]>) {
    self.init()
    partitionIndex = number
    switch found {
    case .failure(let error):
      errorCode = error.code
      errorMessage = error.message
    case .success(let producers):
      activeProducers = producers.map { .init($0) }
    }
  }
}

extension DescribeProducersResponse.Producer {
  fileprivate init(_ producer: ActiveProducer) {
    self.init()
    producerID = producer.id.value
    producerEpoch = Int32(producer.epoch)
    lastSequence = producer.lastSequence ?? -1
    lastTimestamp = producer.lastTimestamp
    coordinatorEpoch = producer.coordinatorEpoch ?? -1
    currentTransactionStartOffset = producer.openSince?.value ?? -1
  }
}
