package import ActaModel
package import Coordination
import KafkaWire

/// A member of a classic group (KafkaWire/PROTOCOL.md §11): it joins, is told who leads, and is given by the leader
/// what is its own; if it leads itself, it shares out the partitions by an assignor that all know.
///
/// Where all its assignors are cooperative (KIP-429) it keeps what it has while it joins, lets go only of what the
/// assignment takes from it, and then joins again, so that others can have that. Otherwise it lets go of all before
/// it joins.
///
/// One thing is other than with Java's client: who has not reached the coordinator for `session.timeout.ms` counts
/// its partitions as lost, without being told so, for by then the coordinator has given them to others.
package struct ClassicMembership: GroupMembership {
  enum Phase {
    /// It wants nothing of the group: there is no subscription, or the program does not come for records.
    case out
    /// It is to join, for the first time or again.
    case unjoined
    case joining(call: UInt64, sentAt: Instant)
    /// It leads, and waits for metadata of all topics that the members have subscribed to.
    case assigning(JoinGroupResponse)
    case syncing(call: UInt64, sentAt: Instant)
    case member
    case leaving(call: UInt64)
    case ended
  }

  var basis: MembershipBasis
  var phase = Phase.out
  package internal(set) var memberID = ""
  package internal(set) var generation: Int32 = -1
  /// What the program has by what it was told.
  var held: Set<TopicPartition> = []
  /// `nil` before the first subscription.
  var subscribed: Set<String>?
  /// The group is to rebalance, or the member has something to say that only a join can.
  var mustRejoin = false
  /// What it has is not its own any more.
  var isLost = false
  var isLeaving = false
  /// What ends it, as soon as the program has been told what it has lost.
  var failure: ClientFailure?
  /// What the leader has given it, until all of it is done.
  var target: Set<TopicPartition>?
  /// What the program is letting go of.
  var revoking: Set<TopicPartition> = []

  /// What the last assignment said, in its order, and of which generation it was: for the sticky assignors.
  var lastAssignment: [TopicPartition]?
  var lastGeneration: Int32 = -1
  var protocolName: String?
  /// What the leader has gone by; empty for others.
  var sharedOut: [String: Int32] = [:]
  var view = ClusterView()
  /// What the leader waits to know of.
  var asked: Set<String> = []

  var heartbeatCall: (number: UInt64, sentAt: Instant)?
  var nextHeartbeat: Instant?
  /// When the coordinator was last asked something that it has answered.
  var lastContact: Instant?

  package init(_ settings: MembershipSettings, seed: UInt64) {
    precondition(!settings.partitionAssignmentStrategy.isEmpty, "no assignor to share out by")
    basis = MembershipBasis(settings, seed: seed)
  }

  var settings: MembershipSettings { basis.settings }

  package var assigned: Set<TopicPartition> { isLost ? [] : held }
  package var watchedTopics: Set<String> { (subscribed ?? []).union(sharedOut.keys) }

  // MARK: What happens

  package mutating func subscribe(
    to subscription: TopicSubscription, at now: Instant
  ) -> [MembershipEffect] {
    if subscribed == nil, case .out = phase { phase = .unjoined }
    if subscribed != subscription.topics { mustRejoin = true }
    subscribed = subscription.topics
    return goOn(at: now)
  }

  package mutating func tick(at now: Instant) -> [MembershipEffect] { goOn(at: now) }

  package mutating func coordinatorFound(_ node: Int32, at now: Instant) -> [MembershipEffect] {
    basis.found(node)
    nextHeartbeat = now
    return goOn(at: now)
  }

  package mutating func coordinatorNotFound(
    _ failure: ClientFailure, at now: Instant
  ) -> [MembershipEffect] {
    basis.notFound(at: now)
    if !failure.isRetriable { end(failure) }
    return goOn(at: now)
  }

  package mutating func coordinatorLost(at now: Instant) -> [MembershipEffect] {
    basis.forgetCoordinator()
    return goOn(at: now)
  }

  package mutating func learned(_ view: ClusterView, at now: Instant) -> [MembershipEffect] {
    self.view = view
    asked = []
    if case .member = phase { lookAtTopics() }
    return goOn(at: now)
  }

  package mutating func changed(at now: Instant) -> [MembershipEffect] {
    basis.changeIsDone()
    held.subtract(revoking)
    revoking = []
    return goOn(at: now)
  }

  package mutating func pollBegan(at now: Instant) -> [MembershipEffect] {
    basis.pollBegan()
    if case .out = phase, subscribed != nil { phase = .unjoined }
    return goOn(at: now)
  }

  package mutating func pollEnded(at now: Instant) -> [MembershipEffect] {
    basis.pollEnded(at: now)
    return goOn(at: now)
  }

  package mutating func commitRefused(
    _ code: ErrorCode, generation: Int32, at now: Instant
  ) -> [MembershipEffect] {
    // Whoever joins will hear of it.
    if generation == self.generation, hasSession { take(memberError: code, message: nil, "commit") }
    return goOn(at: now)
  }

  package mutating func leave(at now: Instant) -> [MembershipEffect] {
    isLeaving = true
    return goOn(at: now)
  }

  package mutating func answered(
    _ number: UInt64, _ answer: Result<MembershipAnswer, ClientFailure>, at now: Instant
  ) -> [MembershipEffect] {
    switch answer {
    case .success(let answer): take(answer, to: number, at: now)
    case .failure(let failure): take(failure, of: number, at: now)
    }
    return goOn(at: now)
  }

  // MARK: Answers

  private mutating func take(_ answer: MembershipAnswer, to number: UInt64, at now: Instant) {
    switch (phase, answer) {
    case (.joining(number, _), .join(let answer)): take(answer, at: now)
    case (.syncing(number, let sentAt), .sync(let answer)): take(answer, sentAt: sentAt, at: now)
    case (.leaving(number), _): finish()
    case (_, .heartbeat(let answer)):
      if let call = heartbeatCall, call.number == number { take(answer, sentAt: call.sentAt) }
    default: break
    }
  }

  private mutating func take(_ failure: ClientFailure, of number: UInt64, at now: Instant) {
    switch phase {
    case .joining(number, _), .syncing(number, _):
      phase = .unjoined
    case .leaving(number):
      return finish()
    default:
      guard heartbeatCall?.number == number else { return }
      heartbeatCall = nil
    }
    guard failure.isRetriable else { return end(failure) }
    basis.forgetCoordinator()
    basis.backOff(at: now)
  }

  /// What all requests of members can be refused with.
  ///
  /// - Returns: Whether it was such an error.
  @discardableResult
  mutating func take(memberError code: ErrorCode, message: String?, _ what: String) -> Bool {
    switch code {
    case .coordinatorNotAvailable, .notCoordinator: basis.forgetCoordinator()
    case .rebalanceInProgress:
      // Before it works there is nothing to join again: it hears of it from what it waits for.
      if case .member = phase { mustRejoin = true }
    case .illegalGeneration: fallOut()
    case .unknownMemberID:
      memberID = ""
      fallOut()
    case .fencedInstanceID, .groupAuthorizationFailed:
      end(ClientFailure(code, message: message, of: settings, what))
    default: return false
    }
    return true
  }

  /// The group goes on without the member.
  mutating func fallOut() {
    generation = -1
    isLost = true
    target = nil
    sharedOut = [:]
    lastContact = nil
    heartbeatCall = nil
    switch phase {
    case .out, .leaving, .ended: break
    default: phase = .unjoined
    }
  }

  mutating func end(_ failure: ClientFailure) {
    self.failure = self.failure ?? failure
    fallOut()
  }

  mutating func finish() {
    phase = .ended
    generation = -1
    heartbeatCall = nil
    basis.ask(.left)
  }
}
