package import ActaModel
package import Coordination
import KafkaWire

/// A member of a consumer group (KIP-848, KafkaWire/PROTOCOL.md §13): it says by heartbeats what it wants and what it
/// has, and the coordinator tells it in the answers what it is to have. It lets go of what is not in that, takes up
/// what is new, and says so with the next heartbeat, which goes out at once.
///
/// Whatever a heartbeat says is said again with the next until one has been answered. A member that the coordinator
/// does not know, or knows to be elsewhere, has lost everything and joins again with epoch 0.
package struct ConsumerMembership: GroupMembership {
  enum Phase {
    /// It wants nothing of the group: there is no subscription, or the program does not come for records.
    case out
    /// Its next heartbeat has epoch 0.
    case joining
    case member
    case leaving(call: UInt64)
    case ended
  }

  /// What heartbeats say only when it changes.
  struct Statement: Equatable {
    var topics: Set<String>
    var pattern: String?
    var owned: [TopicID: Set<Int32>]
  }

  var basis: MembershipBasis
  var phase = Phase.out
  package let memberID: String
  /// 0 outside of the group.
  var epoch: Int32 = 0
  var subscription: TopicSubscription?
  /// The coordinator keeps a pattern until it is told that there is none any more.
  var mayHavePattern = false
  /// Whether the coordinator may know of it.
  var mayBeKnown = false
  /// What the coordinator has answered to; `nil`: it must be told everything.
  var said: Statement?
  var heartbeatCall: (number: UInt64, saying: Statement)?
  var nextHeartbeat: Instant?

  var owned: [TopicID: Set<Int32>] = [:]
  /// What the coordinator says it is to have.
  var target: [TopicID: Set<Int32>] = [:]
  /// What the program is letting go of.
  var revoking: [TopicID: Set<Int32>] = [:]
  /// Of topics that it has, or is to have.
  var names: [TopicID: String] = [:]
  /// Of these the name has been asked for.
  var asked: Set<TopicID> = []

  /// What it has is not its own any more.
  var isLost = false
  var isLeaving = false
  /// What ends it, as soon as the program has been told what it has lost.
  var failure: ClientFailure?
  /// Since when another member has its instance id.
  var waitingForInstanceSince: Instant?

  /// - Parameter memberID: Made by the client, once for each membership: a UUID.
  package init(_ settings: MembershipSettings, memberID: String, seed: UInt64) {
    self.memberID = memberID
    basis = MembershipBasis(settings, seed: seed)
  }

  var settings: MembershipSettings { basis.settings }

  package var generation: Int32 { epoch > 0 ? epoch : -1 }
  package var assigned: Set<TopicPartition> { isLost ? [] : Set(named(owned)) }
  package var watchedTopics: Set<String> { subscription?.topics ?? [] }

  // MARK: What happens

  package mutating func subscribe(
    to subscription: TopicSubscription, at now: Instant
  ) -> [MembershipEffect] {
    if self.subscription == nil, case .out = phase { phase = .joining }
    self.subscription = subscription
    if subscription.pattern != nil { mayHavePattern = true }
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
    for (name, topic) in view.topics where target[topic.id] != nil { names[topic.id] = name }
    return goOn(at: now)
  }

  package mutating func changed(at now: Instant) -> [MembershipEffect] {
    basis.changeIsDone()
    owned = owned.subtracting(revoking)
    revoking = [:]
    names = names.filter { owned[$0.key] != nil || target[$0.key] != nil }
    return goOn(at: now)
  }

  package mutating func pollBegan(at now: Instant) -> [MembershipEffect] {
    basis.pollBegan()
    if case .out = phase, subscription != nil { phase = .joining }
    return goOn(at: now)
  }

  package mutating func pollEnded(at now: Instant) -> [MembershipEffect] {
    basis.pollEnded(at: now)
    return goOn(at: now)
  }

  package mutating func commitRefused(
    _ code: ErrorCode, generation: Int32, at now: Instant
  ) -> [MembershipEffect] {
    switch code {
    case .coordinatorNotAvailable, .notCoordinator: basis.forgetCoordinator()
    case .fencedInstanceID:
      end(ClientFailure(code, message: nil, of: settings, "commit"))
    // The next heartbeat finds out what has become of the member.
    default: nextHeartbeat = now
    }
    return goOn(at: now)
  }

  package mutating func leave(at now: Instant) -> [MembershipEffect] {
    isLeaving = true
    return goOn(at: now)
  }

  package mutating func answered(
    _ number: UInt64, _ answer: Result<MembershipAnswer, ClientFailure>, at now: Instant
  ) -> [MembershipEffect] {
    if case .leaving(number) = phase {
      finish()
    } else if let call = heartbeatCall, call.number == number {
      heartbeatCall = nil
      switch answer {
      case .success(.consumerHeartbeat(let answer)): take(answer, to: call.saying, at: now)
      case .success:
        end(
          ClientFailure(
            .malformedAnswer, "Group \(settings.groupID): an answer to something else."))
      case .failure(let failure): take(failure, at: now)
      }
    }
    return goOn(at: now)
  }

  private mutating func take(_ failure: ClientFailure, at now: Instant) {
    guard failure.isRetriable else { return end(failure) }
    said = nil
    basis.forgetCoordinator()
    basis.backOff(at: now)
  }

  // MARK: The end

  /// The group goes on without the member.
  mutating func fallOut() {
    epoch = 0
    mayBeKnown = false
    isLost = true
    said = nil
    target = [:]
    asked = []
    heartbeatCall = nil
    if case .member = phase { phase = .joining }
  }

  mutating func end(_ failure: ClientFailure) {
    self.failure = self.failure ?? failure
    fallOut()
  }

  mutating func finish() {
    phase = .ended
    epoch = 0
    basis.ask(.left)
  }

  /// Topics without a name are none that the program was ever told of.
  func named(_ partitions: [TopicID: Set<Int32>]) -> [TopicPartition] {
    partitions.flatMap { id, numbers in
      names[id].map { name in numbers.map { TopicPartition(name, $0) } } ?? []
    }.inOrder()
  }
}

extension [TopicID: Set<Int32>] {
  /// Without what is in another.
  func subtracting(_ other: Self) -> Self {
    var rest: Self = [:]
    for (id, numbers) in self {
      let left = numbers.subtracting(other[id] ?? [])
      if !left.isEmpty { rest[id] = left }
    }
    return rest
  }
}
