import ClientCore
import Coordination
import KafkaWire

// The consumer as a member of its group.
extension ConsumerEngine {
  /// - Throws: `invalidArgument`
  func subscribe(to topics: Set<String>, matching text: String?) throws(ClientFailure) {
    guard let membership else {
      throw ClientFailure(
        .invalidArgument, "To subscribe is to be a member of a group: group.id is not set.")
    }
    if !hasSubscribed, !assignment.isEmpty {
      throw ClientFailure(
        .invalidArgument,
        "The consumer was given its partitions (assign); it cannot subscribe as well.")
    }
    guard !topics.contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
      throw ClientFailure(
        .invalidArgument, "Topic collection to subscribe to cannot contain null or empty topic")
    }
    var compiled: SubscribedPattern?
    if let text {
      guard !text.isEmpty else {
        throw ClientFailure(.invalidArgument, "Topic pattern to subscribe to cannot be empty")
      }
      compiled = SubscribedPattern(text)
      guard compiled != nil else {
        throw ClientFailure(.invalidArgument, "'\(text)' is no regular expression in RE2's syntax.")
      }
    }
    subscribed = topics
    pattern = membership.isServerSide ? nil : compiled
    patternText = membership.isServerSide ? text : nil
    join()
    setAutoCommitTimer()
  }

  /// Whether its group gives it its partitions, now or when the program comes back.
  var hasSubscribed: Bool { session != nil || isAway }

  /// Begins to be a member, or has the group know what is wanted now.
  private func join() {
    guard let membership, let coordinator else { return }
    if session == nil {
      buffer.noteJoining()
      memberBehind = GroupPositions.Member()
      committedBehind = [:]
    }
    let session = self.session ?? begin(membership, coordinator)
    self.session = session
    isAway = false
    if pattern != nil { network.follow(nil) }
    var subscription = TopicSubscription(topics: pattern?.topics(in: network.view) ?? subscribed)
    subscription.pattern = patternText
    session.subscribe(to: subscription)
  }

  /// What was subscribed to; by a pattern that the coordinator holds against names, what has been given.
  var subscription: Set<String> {
    if let topics = pattern?.topics(in: network.view) { return topics }
    return subscribed.isEmpty && session != nil ? fetcher.topics : subscribed
  }

  /// The group has been left, or there is none.
  func unsubscribe() {
    endMembership()
    isAway = false
    pattern = nil
    patternText = nil
    subscribed = []
  }

  /// The member is out of its group until the program polls: it has left its loop over records, or was refused.
  func rest() {
    guard session != nil else { return }
    endMembership()
    isAway = true
  }

  private func endMembership() {
    session?.close()
    session = nil
    lastCommitted = [:]
    setAssignment([])
  }

  private func begin(
    _ membership: MembershipChoice, _ coordinator: CoordinatorLink
  ) -> GroupSession {
    GroupSession(
      membership.make(), membership.settings, coordinator: coordinator, network: network, on: loop,
      change: { [unowned self] in if isLetGo { end($0) } else { buffer.post($0) } },
      failed: { [unowned self] in failed($0) })
  }

  /// The member is out of its group: the program is told, and joins again when it polls once more, unless that is of
  /// no use.
  private func failed(_ failure: ClientFailure) {
    network.log(.error, "The member is out of its group: \(failure.sentence)")
    if failure.isFatal { buffer.refuse(failure) } else { buffer.fail([failure]) }
    buffer.noteLeft()
    rest()
  }

  /// Whether partitions that the program is to let go of are the member's yet.
  func has(_ partitions: [CorePartition]) -> Bool {
    session.map { !$0.assigned.isDisjoint(with: partitions) } ?? false
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
      for partition in partitions {
        committedBehind[partition] = lastCommitted.removeValue(forKey: partition)
        newestCommits[partition] = nil
      }
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

  func pollBegan() {
    // Who has not been told yet why it is out is told that first.
    if isAway, !buffer.hasFailures { join() }
    session?.pollBegan()
  }

  func pollEnded() { session?.pollEnded() }

  /// Nobody has the consumer any more: the group is left, so that others get its partitions at once and not when its
  /// session ends. Nobody is told; what the program had asked for more behind is committed if that is done by itself.
  func letGo(_ done: @escaping () -> Void) {
    guard session != nil else { return done() }
    isLetGo = true
    while let change = buffer.takeChange() { end(change) }
    if autoCommitMilliseconds != nil {
      let deadline = now.milliseconds + settings.requestTimeoutMilliseconds
      commit(uncommitted(buffer.processed), until: deadline) { _ in }
    }
    // What is not committed is read again by whoever gets the partitions.
    waitForCommits { [weak self] _ in self?.leave(done) }
  }

  private func leave(_ done: @escaping () -> Void) {
    guard let session else { return done() }
    session.leave(done)
  }

  /// Leaves the group; the program is told what it gives up meanwhile, and `buffer.hasLeft` when that is done.
  func leave() {
    guard let session else { return buffer.noteLeft() }
    // Who has a name of its own keeps its place in a classic group, and may commit as who it was.
    if session.member.instanceID != nil { memberBehind = session.member }
    session.leave { [buffer] in buffer.noteLeft() }
  }
}
