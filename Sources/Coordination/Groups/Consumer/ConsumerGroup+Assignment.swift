import ActaModel

extension ConsumerGroup {
  /// Raises the group epoch: the target must be computed anew, at once or after the interval.
  /// `event` is what led to it.
  mutating func raiseEpoch(
    because reason: String, after event: GroupEvent? = nil, settings: GroupSettings,
    at now: Instant, effects: inout Effects
  ) {
    row.generation += 1
    isRowDirty = true
    isStored = true
    if var event {
      event.generation = row.generation
      effects.events.append(event)
    }
    effects.events.append(
      GroupEvent(group: name, kind: .rebalance, generation: row.generation, reason: reason))
    scheduleAssignment(settings: settings, at: now)
  }

  /// Several changes within `group.consumer.assignment.interval.ms` are worth one computation. A
  /// member that is alone does not wait: there is nobody whose changes could be awaited.
  private mutating func scheduleAssignment(settings: GroupSettings, at now: Instant) {
    if members.isEmpty {
      assignmentDue = nil
    } else if let lastAssignedAt, members.count > 1 {
      assignmentDue = max(now, lastAssignedAt + settings.consumerAssignmentInterval)
    } else {
      assignmentDue = now
    }
  }

  /// Looks at the topics if they may have changed. When the target is for other shapes than the
  /// subscribed topics have now, the group epoch rises; when it is due anyway, it will be computed
  /// for the present ones.
  ///
  /// What a pattern matches changes only when topics come and go, and then the shapes differ too.
  mutating func checkTopics(
    _ topics: some TopicLookup, settings: GroupSettings, at now: Instant, effects: inout Effects
  ) {
    guard topicsVersion != topics.version else { return }
    subscriptions.resolve(topics)
    topicsVersion = topics.version
    guard row.generation == row.assignmentEpoch else { return }
    var shapes: [TopicID: Int32] = [:]
    for name in subscriptions.topicNames {
      if let topic = topics.topic(named: name) { shapes[topic.id] = topic.partitionCount }
    }
    guard shapes != targetShapes else { return }
    raiseEpoch(
      because: "topic metadata changed", settings: settings, at: now, effects: &effects)
  }

  /// Computes the target if it is time to. The topics must have been checked.
  mutating func assignIfDue(
    topics: some TopicLookup, settings: GroupSettings, at now: Instant
  ) {
    guard let assignmentDue, assignmentDue <= now, !members.isEmpty else { return }
    let problem = problem(topics)
    let assignor = preferredAssignor(settings)
    let targets = assignor.assign(problem)
    for (member, target) in zip(problem.members, targets) where target != member.target {
      change(member.id) { $0.consumer.target = target }
    }
    row.assignmentEpoch = row.generation
    row.protocolName = assignor.name
    isRowDirty = true
    targetShapes = [:]
    for topic in problem.topics { targetShapes[topic.id] = topic.partitionCount }
    lastAssignedAt = now
    self.assignmentDue = nil
    reconciledCount = members.values.count { isReconciled($0) }
  }

  private func problem(_ topics: some TopicLookup) -> AssignmentProblem {
    let distinct = subscriptions.distinct
    let positions = Dictionary(
      uniqueKeysWithValues: distinct.enumerated().map { ($0.element, $0.offset) })
    return AssignmentProblem(
      applicants: members.values.map { member in
        AssignmentProblem.Applicant(
          id: member.id, instanceID: member.row.instanceID, target: member.consumer.target,
          subscription: positions[member.subscription]!)
      },
      subscriptions: distinct.map { subscription in
        subscriptions.names(of: subscription).compactMap { topics.topic(named: $0) }
      })
  }

  /// The one that most of those members ask for who ask for one; the earlier in the settings when
  /// it is a draw.
  private func preferredAssignor(_ settings: GroupSettings) -> any ServerAssignor {
    var votes: [String: Int] = [:]
    for member in members.values {
      if let assignor = member.consumer.assignor { votes[assignor, default: 0] += 1 }
    }
    let available = settings.consumerAssignors.compactMap(ServerAssignors.named)
    var chosen = available.first ?? UniformAssignor()
    var most = 0
    for assignor in available where votes[assignor.name, default: 0] > most {
      chosen = assignor
      most = votes[assignor.name]!
    }
    return chosen
  }
}
