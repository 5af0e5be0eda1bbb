import ActaModel
import BatchCodec
import Bytes
import KafkaConfig
import KafkaWire
import LogStorage

/// Produce, versions 3–13 (0–2 are advertised and closed on, as Kafka does: old librdkafka looks for
/// version 0 before it compresses).
///
/// What needs no look into the records is checked here; what passes is validated and appended by
/// `ProduceIntake`. Each partition fails or succeeds alone.
///
/// Whether a transactional batch may be written is decided where it is written (`TransactionHost`): its
/// request only says in whose transaction. All of a request must be one producer's.
///
/// Rights: WRITE of each topic; of the transactional id when a batch says that it is transactional,
/// whatever the request says.
///
/// - v7: zstd is allowed. v8: record errors and messages. v11: TRANSACTION_ABORTABLE, which before is
///   INVALID_TXN_STATE. v12: writing takes the partition into the transaction. v13: topic ids instead of
///   names.
struct ProduceHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ProduceRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ProduceResponse>) -> Void
  ) {
    let transaction: TransactionalClaim?
    do throws(ProtocolError) {
      transaction = try Self.transaction(of: request, context)
    } catch {
      return respond(Self.refusal(of: request, error))
    }
    let offered = request.topicData.flatMap { wireTopic in
      let topic = Result { () throws(ProtocolError) in
        try broker.topic(
          named: wireTopic.name, id: wireTopic.topicID, byID: context.version >= 13, to: .write,
          for: context.session)
      }
      return wireTopic.partitionData.map { partition in
        Result { () throws(ProtocolError) in
          try check(partition, of: topic, in: request, transaction, context)
        }
      }
    }
    broker.intake.append(
      offered, acknowledge: request.acks == -1 ? .synced : .committed, from: context.connection.id
    ) { results in
      context.connection.executor.run {
        respond(Self.outcome(request, results.map { Self.told($0, version: context.version) }))
      }
    }
  }

  /// `nil` if none of the batches is transactional.
  private static func transaction(
    of request: ProduceRequest, _ context: RequestContext
  ) throws(ProtocolError) -> TransactionalClaim? {
    var producers: Set<ProducerClaim> = []
    for topic in request.topicData {
      for partition in topic.partitionData {
        if let producer = partition.records.flatMap(transactionalProducer) {
          producers.insert(producer)
        }
      }
    }
    guard !producers.isEmpty else { return nil }
    guard let id = request.transactionalID else {
      throw ProtocolError(
        .transactionalIDAuthorizationFailed,
        "A transactional batch needs the transactional id in its request.")
    }
    try context.session.require(.write, .transactionalID(id))
    guard producers.count == 1 else {
      throw ProtocolError(
        .invalidProducerIDMapping, "Transactional records contained more than one producer ID")
    }
    return TransactionalClaim(transactionalID: id, joins: context.version >= 12)
  }

  /// Of a batch that says it is transactional. Said of bytes that were not looked at yet: what is no batch
  /// is refused later.
  private static func transactionalProducer(_ batch: ByteSlice) -> ProducerClaim? {
    guard let bits = batch.integer(at: BatchHeader.checksummedFrom, as: Int16.self),
      BatchAttributes(rawValue: bits).contains(.transactional),
      let id = batch.integer(at: BatchHeader.producerFrom, as: Int64.self),
      let epoch = batch.integer(
        at: BatchHeader.producerFrom + MemoryLayout<Int64>.size, as: Int16.self)
    else { return nil }
    return ProducerClaim(id: ProducerID(id), epoch: epoch)
  }

  private static func told(
    _ result: Checked<AppendOutcome>, version: Int16
  ) -> Checked<AppendOutcome> {
    result.mapError { error in
      let code = error.code.toTransactionalWriter(version: version, abortableSince: 11)
      return code == error.code ? error : ProtocolError(code, error.message)
    }
  }

  private func check(
    _ partition: ProduceRequest.Partition, of wanted: Checked<Topic>, in request: ProduceRequest,
    _ transaction: TransactionalClaim?, _ context: RequestContext
  ) throws(ProtocolError) -> OfferedBatch {
    guard (-1...1).contains(request.acks) else {
      throw ProtocolError(.invalidRequiredAcks, "acks must be -1, 0 or 1, not \(request.acks)")
    }
    let topic = try wanted.get()
    if topic.isInternal && context.session.clientID != "__admin_client" {
      throw ProtocolError(.invalidTopicException, "\(topic.name) is an internal topic.")
    }
    let id = try broker.partition(partition.index, of: topic)
    guard let records = partition.records else {
      throw ProtocolError(.invalidRecord, "The request holds no records for \(topic.name).")
    }
    var rules = broker.settings(of: topic).batchRules
    rules.allowsZstd = context.version >= 7
    return OfferedBatch(
      partition: id, subject: "\(topic.name)-\(partition.index)", records: records, rules: rules,
      transaction: transaction)
  }

  private static func outcome(
    _ request: ProduceRequest, _ results: [Checked<AppendOutcome>]
  ) -> Outcome<ProduceResponse> {
    request.acks == 0 ? silence(results) : .response(response(request, results))
  }

  private static func refusal(
    of request: ProduceRequest, _ error: ProtocolError
  ) -> Outcome<ProduceResponse> {
    outcome(request, request.topicData.flatMap { $0.partitionData.map { _ in .failure(error) } })
  }

  /// acks=0: closing the connection is the only way to tell of an error (KafkaWire/PROTOCOL.md §1).
  private static func silence(_ results: [Checked<AppendOutcome>]) -> Outcome<ProduceResponse> {
    for case .failure(let error) in results {
      return .close(reason: "produce with acks=0 failed: \(error.code)")
    }
    return .silence
  }

  private static func response(
    _ request: ProduceRequest, _ results: [Checked<AppendOutcome>]
  ) -> ProduceResponse {
    var next = results.makeIterator()
    var response = ProduceResponse()
    response.responses = request.topicData.lazy.filter { !$0.partitionData.isEmpty }.map { topic in
      var answer = ProduceResponse.Topic()
      answer.name = topic.name
      answer.topicID = topic.topicID
      answer.partitionResponses = topic.partitionData.map { partition in
        .init(answering: partition.index, next.next() ?? .failure(.init(.unknownServerError)))
      }
      return answer
    }
    return response
  }
}

extension ProduceResponse.Partition {
  fileprivate init(answering index: Int32, _ result: Checked<AppendOutcome>) {
    self.init()
    self.index = index
    switch result {
    case .success(let appended):
      baseOffset = appended.baseOffset.value
      logAppendTimeMilliseconds = appended.logAppendTime ?? -1
      logStartOffset = appended.logStartOffset.value
    case .failure(let error):
      // Until something was appended there is no offset to tell.
      baseOffset = -1
      errorCode = error.code
      errorMessage = error.message
      recordErrors = error.records.map { fault in
        var error = ProduceResponse.RecordError()
        error.batchIndex = fault.index
        error.batchIndexErrorMessage = fault.message
        return error
      }
    }
  }
}
