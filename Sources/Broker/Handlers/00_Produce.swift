import ActaModel
import BatchCodec
import KafkaWire
import LogStorage
import NIOCore

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
    var draft = Draft()
    var allowance = DecompressionAllowance(
      largestBytes: broker.config.maxDecompressedBytes, permit: broker.largeRequests)
    for topic in request.topicData {
      for partition in topic.partitionData {
        draft.add(check(partition, of: topic, in: request, context, &allowance))
      }
    }
    let acknowledges = request.acks != 0
    let permit = allowance.holdsPermit ? broker.largeRequests : nil
    guard !draft.appends.isEmpty else {
      permit?.giveBack()
      respond(Self.outcome(draft.slots, of: request, acknowledges: acknowledges))
      return
    }
    let slots = draft.slots
    broker.storage.append(
      draft.appends, acknowledge: request.acks == -1 ? .synced : .committed
    ) { results in
      permit?.giveBack()
      let settled = Self.settle(slots, with: results)
      respond(Self.outcome(settled, of: request, acknowledges: acknowledges))
    }
  }

  /// What is known of each partition's answer, in request order, and what is to be appended.
  private struct Draft {
    var slots: [Slot] = []
    var appends: [PartitionAppend] = []

    mutating func add(_ checked: Result<(append: PartitionAppend, slot: Slot), Slot.Refusal>) {
      switch checked {
      case .success(let accepted):
        slots.append(accepted.slot)
        appends.append(accepted.append)
      case .failure(let refusal):
        slots.append(.refused(refusal))
      }
    }
  }

  /// One partition's answer on its way.
  private enum Slot {
    /// Takes the next result of the append.
    case appending(subject: String, logAppendTime: Int64)
    case appended(AppendOutcome, logAppendTime: Int64)
    case refused(Refusal)

    struct Refusal: Error {
      let code: ErrorCode
      let message: String?
      let records: [BatchRejection.RecordFault]

      init(_ error: ProtocolError) {
        code = error.code
        message = error.message
        records = []
      }

      init(_ rejection: BatchRejection) {
        code = rejection.code
        message = rejection.message
        records = rejection.records
      }
    }
  }

  private func check(
    _ partition: ProduceRequest.Partition, of wireTopic: ProduceRequest.Topic,
    in request: ProduceRequest, _ context: RequestContext,
    _ allowance: inout DecompressionAllowance
  ) -> Result<(append: PartitionAppend, slot: Slot), Slot.Refusal> {
    do {
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
      let batch = try allowance.validate(Array(buffer: records), rules: rules, now: now)
      return .success(
        (
          PartitionAppend(partition: id, batch: batch),
          .appending(
            subject: "\(topic.name)-\(partition.index)",
            logAppendTime: rules.usesLogAppendTime ? now : -1)
        ))
    } catch let rejection as BatchRejection {
      return .failure(Slot.Refusal(rejection))
    } catch let error as ProtocolError {
      return .failure(Slot.Refusal(error))
    } catch {
      return .failure(Slot.Refusal(ProtocolError(.unknownServerError, "\(error)")))
    }
  }

  private static func settle(
    _ slots: [Slot], with results: [Result<AppendOutcome, StorageError>]
  ) -> [Slot] {
    var next = results.makeIterator()
    return slots.map { slot in
      guard case .appending(let subject, let logAppendTime) = slot else { return slot }
      guard let result = next.next() else {
        return .refused(.init(ProtocolError(.unknownServerError, "The append has no result.")))
      }
      switch result {
      case .success(let outcome): return .appended(outcome, logAppendTime: logAppendTime)
      case .failure(let error): return .refused(.init(ProtocolError(error, about: subject)))
      }
    }
  }

  private static func outcome(
    _ slots: [Slot], of request: ProduceRequest, acknowledges: Bool
  ) -> Outcome<ProduceResponse> {
    guard acknowledges else { return silentOutcome(slots) }
    var next = slots.makeIterator()
    var response = ProduceResponse()
    response.responses = request.topicData.map { topic in
      var answer = ProduceResponse.Topic()
      answer.name = topic.name
      answer.topicID = topic.topicID
      answer.partitionResponses = topic.partitionData.map { partition in
        Self.answer(next.next(), to: partition.index)
      }
      return answer
    }
    return .response(response)
  }

  /// acks=0: closing the connection is the only way to tell of an error (PROTOCOL.md §1).
  private static func silentOutcome(_ slots: [Slot]) -> Outcome<ProduceResponse> {
    for case .refused(let refusal) in slots {
      return .close(reason: "produce with acks=0 failed: \(refusal.code)")
    }
    return .silence
  }

  private static func answer(_ slot: Slot?, to index: Int32) -> ProduceResponse.Partition {
    var answer = ProduceResponse.Partition()
    answer.index = index
    // Until something was appended there is no offset to tell.
    answer.baseOffset = -1
    switch slot {
    case .appended(let outcome, let logAppendTime):
      answer.baseOffset = outcome.baseOffset
      answer.logAppendTimeMilliseconds = logAppendTime
      answer.logStartOffset = outcome.logStartOffset
    case .refused(let refusal):
      answer.errorCode = refusal.code
      answer.errorMessage = refusal.message
      answer.recordErrors = refusal.records.map { fault in
        var error = ProduceResponse.RecordError()
        error.batchIndex = fault.index
        error.batchIndexErrorMessage = fault.message
        return error
      }
    case .appending, nil:
      answer.errorCode = .unknownServerError
    }
    return answer
  }
}
