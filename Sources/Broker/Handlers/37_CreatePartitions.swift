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
    let named = NamedOnce(request.topics, by: \.name)
    let finish: @Sendable ([ProtocolError?]) -> Void = { errors in
      var response = CreatePartitionsResponse()
      response.results = zip(named.items, errors).map { topic, error in
        var answer = CreatePartitionsResponse.Topic()
        answer.name = topic.name
        answer.errorCode = error?.code ?? .none
        answer.errorMessage = error?.message
        return answer
      }
      respond(.response(response))
    }
    guard !request.topics.isEmpty else { return finish([]) }
    let checked = named.items.map { asked in
      Result { () throws(ProtocolError) in
        try named.check(asked.name)
        let topic = try broker.topic(named: asked.name, to: .alter, for: context.session)
        try check(asked, against: topic)
        return topic
      }
    }
    if request.validateOnly { return finish(rehearsed(named.items, checked)) }
    let gather = Gather<ProtocolError?>(count: checked.count, completion: finish)
    for (index, (asked, topic)) in zip(named.items, checked).enumerated() {
      grow(asked, topic) { gather.put($0, at: index) }
    }
  }

  /// What would come of the request, nothing of which is done.
  private func rehearsed(
    _ asked: [CreatePartitionsRequest.Topic], _ checked: [Checked<Topic>]
  ) -> [ProtocolError?] {
    var rehearsal = TopicRehearsal(broker.storage)
    return zip(asked, checked).map { asked, check in
      switch check {
      case .failure(let error): error
      case .success(let topic):
        rehearsal.grow(by: Int(asked.count) - topic.partitions.count)
          .map { ProtocolError($0, about: asked.name) }
      }
    }
  }

  private func grow(
    _ asked: CreatePartitionsRequest.Topic, _ checked: Checked<Topic>,
    completion: @escaping @Sendable (ProtocolError?) -> Void
  ) {
    switch checked {
    case .failure(let error): completion(error)
    case .success(let topic):
      broker.storage.createPartitions(of: topic.id, count: Int(asked.count)) { result in
        if case .failure(let error) = result {
          completion(ProtocolError(error, about: asked.name))
        } else {
          completion(nil)
        }
      }
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
        "Attempted to add \(Int(asked.count) - present) additional partition(s), but only"
          + " \(assignments.count) assignment(s) were specified.")
    }
    for assignment in assignments {
      try ReplicaAssignment.check(assignment.brokerIDs, onlyBroker: broker.config.nodeID)
    }
  }
}
