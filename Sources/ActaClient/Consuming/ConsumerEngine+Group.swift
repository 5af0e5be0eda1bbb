import ClientCore
import Coordination
import KafkaWire

// The consumer as a member of its group.
extension ConsumerEngine {
  /// - Throws: `invalidArgument`
  func subscribe(to topics: Set<String>, matching text: String?) throws(ClientFailure) {
    guard let membership, let coordinator else {
      throw ClientFailure(
        .invalidArgument, "To subscribe is to be a member of a group: group.id is not set.")
    }
    if session == nil, !assignment.isEmpty {
      throw ClientFailure(
        .invalidArgument,
        "The consumer was given its partitions (assign); it cannot subscribe as well.")
    }
    let session = self.session ?? begin(membership, coordinator)
    self.session = session
    var subscription = TopicSubscription(topics: topics)
    pattern = nil
    if let text {
      guard let compiled = SubscribedPattern(text) else {
        throw ClientFailure(.invalidArgument, "'\(text)' is no regular expression in RE2's syntax.")
      }
      if membership.isServerSide {
        subscription.pattern = text
      } else {
        network.follow(nil)
        subscription.topics = compiled.topics(in: network.view)
        pattern = compiled
      }
    }
    session.subscribe(to: subscription)
    setAutoCommitTimer()
  }

  private func begin(
    _ membership: MembershipChoice, _ coordinator: CoordinatorLink
  ) -> GroupSession {
    GroupSession(
      membership.make(), membership.settings, coordinator: coordinator, network: network, on: loop,
      change: { [unowned self] in buffer.post($0) },
      failed: { [unowned self] failure in
        network.log(.error, "The member is out of its group: \(failure.sentence)")
        buffer.fail([failure])
        buffer.noteLeft()
      })
  }

  /// What the program is told next holds from now on.
  func begin(_ change: PartitionChange) {
    if case .assign(let partitions) = change {
      setAssignment(assignment.union(partitions))
    }
  }

  /// The program has been told.
  func end(_ change: PartitionChange) {
    network.log(.info, change.sentence)
    switch change {
    case .assign: break
    case .revoke(let partitions), .lose(let partitions):
      setAssignment(assignment.subtracting(partitions))
      for partition in partitions { lastCommitted[partition] = nil }
    }
    session?.changed()
  }

  /// Commits how far the program has come in partitions that it gives up, if positions are committed by themselves.
  func commitRevoked(
    _ partitions: [CorePartition], _ completion: @escaping (Result<Void, ClientFailure>) -> Void
  ) {
    guard autoCommitMilliseconds != nil else { return completion(.success(())) }
    let wanted = Set(partitions)
    let changed = uncommitted(buffer.delivered.filter { wanted.contains($0.key) })
    commit(changed, until: now.milliseconds + Self.lastCommitMilliseconds, completion: completion)
  }

  var groupMember: Result<(String, GroupPositions.Member), ClientFailure> {
    guard let membership else { return .failure(Self.noGroup) }
    return .success((membership.settings.groupID, session?.member ?? GroupPositions.Member()))
  }

  func pollBegan() { session?.pollBegan() }

  func pollEnded() { session?.pollEnded() }

  /// Leaves the group; the program is told what it gives up meanwhile, and `buffer.hasLeft` when that is done.
  func leave() {
    guard let session else { return buffer.noteLeft() }
    session.leave { [buffer] in buffer.noteLeft() }
  }
}
