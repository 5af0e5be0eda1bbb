import ActaModel
package import Coordination
import KafkaWire

// What a member of a consumer group tells the coordinator, and what it is answered.
extension ConsumerMembership {
  /// What is to be said now.
  private var statement: Statement {
    Statement(
      topics: subscription?.topics ?? [], pattern: subscription?.pattern,
      // Who joins has let go of everything.
      owned: epoch == 0 ? [:] : owned)
  }

  /// Whether it is in the group, or about to be.
  private var isActive: Bool {
    switch phase {
    case .joining, .member: failure == nil
    default: false
    }
  }

  // MARK: Asking

  /// Sends what there is to say; if there is nothing, that the member is there, when it is time.
  mutating func keepInTouch(at now: Instant) {
    guard isActive else { return }
    if !isLeaving { basis.search(at: now) }
    guard heartbeatCall == nil, basis.isDue(at: now), mayJoin else { return }
    let isTime = nextHeartbeat.map { $0 <= now } ?? true
    guard isTime || hasNews else { return }
    let saying = statement
    guard let number = basis.send(.consumerHeartbeat(request(saying))) else { return }
    heartbeatCall = (number, saying)
    mayBeKnown = true
    asked = []
  }

  /// Who has still to be told what it has lost does not join before that.
  private var mayJoin: Bool {
    if case .joining = phase { return !basis.isChanging && !isLost && !isLeaving }
    return true
  }

  /// What it has is said when the program is done with the change.
  private var hasNews: Bool {
    guard let said else { return true }
    let statement = statement
    if said.topics != statement.topics || said.pattern != statement.pattern { return true }
    return said.owned != statement.owned && !basis.isChanging
  }

  private func request(_ saying: Statement) -> ConsumerGroupHeartbeatRequest {
    var request = ConsumerGroupHeartbeatRequest()
    request.groupID = settings.groupID
    request.memberID = memberID
    request.memberEpoch = epoch
    request.instanceID = settings.groupInstanceID
    if said == nil {
      request.rackID = settings.clientRack
      request.rebalanceTimeoutMilliseconds = settings.maxPollIntervalMilliseconds
      request.serverAssignor = settings.groupRemoteAssignor
    }
    if said?.topics != saying.topics {
      request.subscribedTopicNames = saying.topics.sorted { $0.javaPrecedes($1) }
    }
    if said?.pattern != saying.pattern || said == nil && mayHavePattern {
      request.subscribedTopicRegex = saying.pattern ?? ""
    }
    if said?.owned != saying.owned {
      request.topicPartitions = saying.owned.map { id, numbers in
        var partitions = ConsumerGroupHeartbeatRequest.TopicPartitions()
        partitions.topicID = id
        partitions.partitions = numbers.sorted()
        return partitions
      }
    }
    return request
  }

  // MARK: Its answer

  mutating func take(
    _ answer: ConsumerGroupHeartbeatResponse, to saying: Statement, at now: Instant
  ) {
    nextHeartbeat = now + max(answer.heartbeatIntervalMilliseconds, 1)
    switch answer.errorCode {
    case .none: break
    case .notCoordinator, .coordinatorNotAvailable:
      said = nil
      basis.forgetCoordinator()
      return basis.backOff(at: now)
    case .coordinatorLoadInProgress:
      said = nil
      return basis.backOff(at: now)
    case .unknownMemberID, .fencedMemberEpoch:
      basis.backOff(at: now)
      return fallOut()
    case .groupIDNotFound where epoch > 0:
      basis.backOff(at: now)
      return fallOut()
    case .unreleasedInstanceID:
      return waitForInstance(answer, at: now)
    default:
      return end(
        ClientFailure(answer.errorCode, message: answer.errorMessage, of: settings, "heartbeat"))
    }
    basis.succeed()
    waitingForInstanceSince = nil
    phase = .member
    epoch = answer.memberEpoch
    said = saying
    if let assignment = answer.assignment {
      target = [:]
      for topic in assignment.topicPartitions where !topic.partitions.isEmpty {
        target[topic.topicID, default: []].formUnion(topic.partitions)
      }
    }
  }

  /// A static member that ended without a word is in the group until its session is over. When it is still there
  /// after the time that a member may take for anything, it is another program with the same instance id.
  private mutating func waitForInstance(
    _ answer: ConsumerGroupHeartbeatResponse, at now: Instant
  ) {
    said = nil
    basis.backOff(at: now)
    let since = waitingForInstanceSince ?? now
    waitingForInstanceSince = since
    if since + settings.maxPollIntervalMilliseconds <= now {
      end(ClientFailure(answer.errorCode, message: answer.errorMessage, of: settings, "join"))
    }
  }

  // MARK: Leaving

  /// Epoch -1 is for good, -2 for a while: static members keep their partitions until they come back, or their
  /// session is over.
  mutating func sayFarewell() -> UInt64? {
    guard mayBeKnown else { return nil }
    var request = ConsumerGroupHeartbeatRequest()
    request.groupID = settings.groupID
    request.memberID = memberID
    request.memberEpoch = settings.groupInstanceID == nil ? -1 : -2
    request.instanceID = settings.groupInstanceID
    return basis.send(.consumerHeartbeat(request))
  }

  // MARK: Time

  package var nextDeadline: Instant? {
    guard isActive else { return nil }
    var next = isLeaving ? nil : basis.pollDeadline
    if !basis.isCoordinatorKnown {
      if !basis.isSearching, !isLeaving { next = Instant.earlier(next, basis.notBefore) }
      return next
    }
    if heartbeatCall == nil, mayJoin {
      let due = hasNews ? basis.notBefore : nextHeartbeat.map { max($0, basis.notBefore ?? $0) }
      next = Instant.earlier(next, due)
    }
    return next
  }
}
