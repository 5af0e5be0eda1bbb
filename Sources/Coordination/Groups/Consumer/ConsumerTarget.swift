import ActaModel

/// For which topics a consumer group's target was computed last, and when it is to be computed anew.
/// What the target gives to each member stands in the members' rows.
struct ConsumerTarget: Sendable {
  /// When the target is to be computed; set while the group epoch is ahead of it.
  private(set) var due: Instant?
  private var lastComputedAt: Instant?
  /// Partition counts of the subscribed topics when the target was computed.
  private var shapes: [TopicID: Int32] = [:]
  /// The version of the topics that `shapes` and the subscribed patterns were last held against.
  private var topicsVersion: UInt64?

  init() {}

  /// With a target for the present group epoch, its partitions tell which shapes it was for, since
  /// it gives out every partition of every subscribed topic.
  init(of members: some Collection<ConsumerMember>) {
    for member in members {
      for (topic, partitions) in member.consumer.target {
        let count = (partitions.max() ?? -1) &+ 1
        shapes[topic] = max(shapes[topic] ?? 0, count)
      }
    }
  }

  /// The group epoch has risen. Several changes within `group.consumer.assignment.interval.ms` are
  /// worth one computation. A member that is alone does not wait: there are no others whose changes
  /// could be awaited.
  mutating func schedule(memberCount: Int, _ turn: Turn) {
    if memberCount == 0 {
      due = nil
    } else if let lastComputedAt, memberCount > 1 {
      due = max(turn.now, lastComputedAt + turn.settings.consumerAssignmentInterval)
    } else {
      due = turn.now
    }
  }

  /// The group begins anew from rows whose group epoch is ahead of the target's.
  mutating func begin(memberCount: Int, at now: Instant) { due = memberCount == 0 ? nil : now }

  mutating func setComputed(for topics: [TopicShape], at now: Instant) {
    shapes = [:]
    for topic in topics { shapes[topic.id] = topic.partitionCount }
    lastComputedAt = now
    due = nil
  }

  // MARK: Topics

  func isFor(_ topics: [TopicShape]) -> Bool {
    var wanted: [TopicID: Int32] = [:]
    for topic in topics { wanted[topic.id] = topic.partitionCount }
    return wanted == shapes
  }

  /// True if the topics are not those that were looked at last; they are from now on.
  mutating func sees(_ topics: any TopicLookup) -> Bool {
    defer { topicsVersion = topics.version }
    return topicsVersion != topics.version
  }

  /// A pattern is new: the topics must be looked at again.
  mutating func lookAgain() { topicsVersion = nil }

  /// The last member has gone.
  mutating func forgetTopics() { shapes = [:] }
}

extension AssignmentProblem {
  /// What the members of a group have, and what they subscribe to.
  init(_ roster: ConsumerRoster, topics: any TopicLookup) {
    let distinct = roster.subscriptions.distinct
    let positions = Dictionary(
      uniqueKeysWithValues: distinct.enumerated().map { ($0.element, $0.offset) })
    let applicants = roster.unordered.map { member in
      guard let position = positions[member.subscription] else {
        preconditionFailure("the subscription of \(member.id) is not counted")
      }
      return Applicant(
        id: member.id, instanceID: member.row.instanceID, target: member.consumer.target,
        subscription: position)
    }
    self.init(
      applicants: applicants,
      subscriptions: distinct.map { subscription in
        roster.subscriptions.names(of: subscription).compactMap { topics.topic(named: $0) }
      })
  }
}

extension ConsumerRoster {
  /// The assignor that most of those members ask for who ask for one; the earlier in the settings
  /// when it is a draw.
  func preferredAssignor(_ settings: GroupSettings) -> any ServerAssignor {
    var votes: [String: Int] = [:]
    for member in unordered {
      if let assignor = member.consumer.assignor { votes[assignor, default: 0] += 1 }
    }
    let available = settings.consumerAssignors.compactMap(ServerAssignors.named)
    var chosen: (assignor: any ServerAssignor, votes: Int) = (
      available.first ?? UniformAssignor(), 0
    )
    for assignor in available {
      let count = votes[assignor.name, default: 0]
      if count > chosen.votes { chosen = (assignor, count) }
    }
    return chosen.assignor
  }
}
