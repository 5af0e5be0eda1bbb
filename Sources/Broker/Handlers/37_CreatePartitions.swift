import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// CreatePartitions, versions 0–3: grows topics to a new total (KafkaWire/PROTOCOL.md §9).
/// Rights: ALTER of each topic.
struct CreatePartitionsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: CreatePartitionsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<CreatePartitionsResponse>) -> Void
  ) {
    let finish: @Sendable ([ProtocolError?]) -> Void = { errors in
      var response = CreatePartitionsResponse()
      response.results = zip(request.topics, errors).map { topic, error in
        var answer = CreatePartitionsResponse.Topic()
        answer.name = topic.name
        answer.errorCode = error?.code ?? .none
        answer.errorMessage = error?.message
        return answer
      }
      respond(.response(response))
    }
    guard !request.topics.isEmpty else { return finish([]) }
    let named = Dictionary(grouping: request.topics, by: \.name).mapValues(\.count)
    let gather = Gather<ProtocolError?>(count: request.topics.count, completion: finish)
    for (index, topic) in request.topics.enumerated() {
      let found = Result { () throws(ProtocolError) in
        if named[topic.name] ?? 0 > 1 {
          throw ProtocolError(.invalidRequest, "The request names topic '\(topic.name)' twice.")
        }
        return try broker.topic(named: topic.name, to: .alter, for: context.session)
      }
      grow(topic, found, validateOnly: request.validateOnly) { gather.put($0, at: index) }
    }
  }

  private func grow(
    _ asked: CreatePartitionsRequest.Topic, _ found: Checked<Topic>, validateOnly: Bool,
    completion: @escaping @Sendable (ProtocolError?) -> Void
  ) {
    do throws(ProtocolError) {
      let topic = try found.get()
      try check(asked, against: topic)
      if validateOnly { return completion(nil) }
      broker.storage.createPartitions(of: topic.id, count: Int(asked.count)) { result in
        if case .failure(let error) = result {
          completion(ProtocolError(error, about: asked.name))
        } else {
          completion(nil)
        }
      }
    } catch {
      completion(error)
    }
  }

  private func check(
    _ asked: CreatePartitionsRequest.Topic, against topic: Topic
  ) throws(ProtocolError) {
    let present = topic.partitions.count
    if Int(asked.count) == present {
      throw ProtocolError(.partitionCountNotLarger(present: present), about: topic.name)
    }
    guard Int(asked.count) > present else {
      throw ProtocolError(
        .invalidPartitions,
        "The topic \(topic.name) currently has \(present) partition(s); \(asked.count) would not be"
          + " an increase.")
    }
    guard let assignments = asked.assignments else { return }
    guard assignments.count == Int(asked.count) - present else {
      throw ProtocolError(
        .invalidReplicaAssignment,
        "There must be one assignment for each of the \(Int(asked.count) - present) new partitions."
      )
    }
    guard assignments.allSatisfy({ $0.brokerIDs == [broker.config.nodeID] }) else {
      throw ProtocolError(
        .invalidReplicaAssignment,
        "Every partition must be assigned to broker \(broker.config.nodeID) alone.")
    }
  }
}
