import ActaModel
import BatchCodec
import Bytes
import KafkaWire
import LogStorage

/// Produce, versions 3–13 (0–2 are advertised and closed on, as Kafka does: old librdkafka looks for
/// version 0 before it compresses).
///
/// Everything that needs no knowledge of the partition's log is checked here, on the connection's
/// thread; what passes is appended in one go. Each partition fails or succeeds alone.
///
/// - v7: zstd is allowed. v8: record errors and messages. v13: topic ids instead of names.
struct ProduceHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ProduceRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ProduceResponse>) -> Void
  ) {
    var allowance = DecompressionAllowance(
      largestBytes: broker.config.maxDecompressedBytes, permit: broker.largeRequests)
    let checked = request.topicData.flatMap { topic in
      topic.partitionData.map { partition in
        Result { () throws(ProtocolError) in
          try check(partition, of: topic, in: request, context, &allowance)
        }
      }
    }
    let permit = allowance.holdsPermit ? broker.largeRequests : nil
    let finish: @Sendable ([Checked<Appended>]) -> Void = { results in
      respond(
        request.acks == 0 ? Self.silence(results) : .response(Self.response(request, results)))
    }
    let accepted = checked.compactMap { try? $0.get() }
    guard !accepted.isEmpty else {
      permit?.giveBack()
      return finish(checked.settled(with: []) { $0.subject })
    }
    broker.storage.append(
      accepted.map(\.append), acknowledge: request.acks == -1 ? .synced : .committed
    ) { results in
      permit?.giveBack()
      let stamped = zip(results, accepted).map { result, accepted in
        result.map { Appended(outcome: $0, logAppendTime: accepted.logAppendTime) }
      }
      finish(checked.settled(with: stamped) { $0.subject })
    }
  }

  /// A batch that may be appended.
  private struct Accepted: Sendable {
    let append: PartitionAppend
    /// `orders-0`, for an error's sentence.
    let subject: String
    /// Epoch milliseconds; -1 unless the topic has LogAppendTime.
    let logAppendTime: Int64
  }

  fileprivate struct Appended: Sendable {
    let outcome: AppendOutcome
    let logAppendTime: Int64
  }

  private func check(
    _ partition: ProduceRequest.Partition, of wireTopic: ProduceRequest.Topic,
    in request: ProduceRequest, _ context: RequestContext,
    _ allowance: inout DecompressionAllowance
  ) throws(ProtocolError) -> Accepted {
    guard (-1...1).contains(request.acks) else {
      throw ProtocolError(.invalidRequiredAcks, "acks must be -1, 0 or 1, not \(request.acks)")
    }
    let topic = try broker.topic(
      named: wireTopic.name, id: wireTopic.topicID, byID: context.version >= 13)
    if topic.isInternal && context.clientID != "__admin_client" {
      throw ProtocolError(.invalidTopicException, "\(topic.name) is an internal topic.")
    }
    let id = try broker.partition(partition.index, of: topic)
    guard let records = partition.records else {
      throw ProtocolError(.invalidRecord, "The request holds no records for \(topic.name).")
    }
    let now = broker.wallClock()
    var rules = broker.settings(of: topic).batchRules
    rules.allowsZstd = context.version >= 7
    let batch = try allowance.validate([UInt8](records), rules: rules, now: now)
    return Accepted(
      append: PartitionAppend(partition: id, batch: batch),
      subject: "\(topic.name)-\(partition.index)",
      logAppendTime: rules.usesLogAppendTime ? now : -1)
  }

  /// acks=0: closing the connection is the only way to tell of an error (KafkaWire/PROTOCOL.md §1).
  private static func silence(_ results: [Checked<Appended>]) -> Outcome<ProduceResponse> {
    for case .failure(let error) in results {
      return .close(reason: "produce with acks=0 failed: \(error.code)")
    }
    return .silence
  }

  private static func response(
    _ request: ProduceRequest, _ results: [Checked<Appended>]
  ) -> ProduceResponse {
    var next = results.makeIterator()
    var response = ProduceResponse()
    response.responses = request.topicData.map { topic in
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
  fileprivate init(answering index: Int32, _ result: Checked<ProduceHandler.Appended>) {
    self.init()
    self.index = index
    switch result {
    case .success(let appended):
      baseOffset = appended.outcome.baseOffset
      logAppendTimeMilliseconds = appended.logAppendTime
      logStartOffset = appended.outcome.logStartOffset
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
