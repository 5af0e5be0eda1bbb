import ActaModel
package import Coordination
import KafkaWire

// What a member of a classic group does next, wherever it is.
extension ClassicMembership {
  /// - Returns: What is to be done by whoever has told it something.
  mutating func goOn(at now: Instant) -> [MembershipEffect] {
    lookAtClock(now)
    takeSteps(at: now)
    keepInTouch(at: now)
    return basis.takeEffects()
  }

  private mutating func lookAtClock(_ now: Instant) {
    if let sessionDeadline, sessionDeadline <= now {
      fallOut()
      basis.forgetCoordinator()
    }
    if basis.isPollOverdue(at: now), isActive, !isLeaving { stepOut() }
  }

  /// Whether it takes part in the group, or is about to.
  private var isActive: Bool {
    switch phase {
    case .out, .leaving, .ended: false
    default: failure == nil
    }
  }

  /// The program takes too long: others are to have the partitions until it comes back.
  private mutating func stepOut() {
    sayFarewell(reason: "consumer poll timeout has expired.")
    if settings.groupInstanceID == nil { memberID = "" }
    fallOut()
    phase = .out
  }

  /// Static members do not say that they leave: they come back, or their session ends.
  @discardableResult
  private mutating func sayFarewell(reason: String) -> UInt64? {
    guard settings.groupInstanceID == nil, !memberID.isEmpty else { return nil }
    var member = LeaveGroupRequest.Member()
    member.memberID = memberID
    member.reason = reason
    var request = LeaveGroupRequest()
    request.groupID = settings.groupID
    request.memberID = memberID
    request.members = [member]
    return basis.send(.leave(request))
  }

  // MARK: Steps

  /// As far as it goes without anybody else's doing.
  private mutating func takeSteps(at now: Instant) {
    guard !basis.isChanging else { return }
    if isLost {
      isLost = false
      if !held.isEmpty { return lose() }
    }
    if let failure {
      if case .ended = phase { return }
      phase = .ended
      return basis.ask(.fail(failure))
    }
    if isLeaving { return leave() }
    switch phase {
    case .member:
      if let target { return take(target, at: now) }
      if mustRejoin { join(at: now) }
    case .unjoined: join(at: now)
    case .assigning(let answer): assign(answer, at: now)
    default: break
    }
  }

  private mutating func lose() {
    let lost = held.inOrder()
    held = []
    basis.change(.lose(lost))
  }

  private mutating func revoke(_ partitions: Set<TopicPartition>) {
    revoking = partitions
    basis.change(.revoke(partitions.inOrder()))
  }

  private mutating func leave() {
    switch phase {
    case .leaving, .ended: return
    default: break
    }
    if !held.isEmpty { return revoke(held) }
    guard let call = sayFarewell(reason: "the consumer is being closed") else { return finish() }
    phase = .leaving(call: call)
  }

  /// Lets go of what it was not given, then takes up what it was.
  private mutating func take(_ target: Set<TopicPartition>, at now: Instant) {
    let surplus = held.subtracting(target)
    if !surplus.isEmpty {
      // Others can have it when the group has rebalanced once more.
      mustRejoin = true
      return revoke(surplus)
    }
    self.target = nil
    let added = target.subtracting(held)
    if added.isEmpty { return takeSteps(at: now) }
    held.formUnion(added)
    basis.change(.assign(added.inOrder()))
  }

  // MARK: Staying in touch

  /// Whether the coordinator expects heartbeats.
  var hasSession: Bool {
    switch phase {
    case .assigning, .syncing, .member: true
    default: false
    }
  }

  /// When the coordinator has given the member up. While it joins there is no session.
  private var sessionDeadline: Instant? {
    if case .joining = phase { return nil }
    guard generation >= 0, let lastContact else { return nil }
    return lastContact + settings.sessionTimeoutMilliseconds
  }

  private mutating func keepInTouch(at now: Instant) {
    guard isActive else { return }
    if !isLeaving { basis.search(at: now) }
    guard hasSession, heartbeatCall == nil, nextHeartbeat.map({ $0 <= now }) ?? true else { return }
    var request = HeartbeatRequest()
    request.groupID = settings.groupID
    request.generationID = generation
    request.memberID = memberID
    request.groupInstanceID = settings.groupInstanceID
    guard let number = basis.send(.heartbeat(request)) else { return }
    heartbeatCall = (number, now)
    nextHeartbeat = now + settings.heartbeatIntervalMilliseconds
  }

  mutating func take(_ answer: HeartbeatResponse, sentAt: Instant) {
    heartbeatCall = nil
    switch answer.errorCode {
    case .none:
      lastContact = sentAt
      basis.succeed()
    case .rebalanceInProgress:
      // The coordinator has prolonged the session; while it waits for the leader there is nothing to join.
      lastContact = sentAt
      take(memberError: answer.errorCode, message: nil, "heartbeat")
    case .coordinatorLoadInProgress: break
    default:
      if !take(memberError: answer.errorCode, message: nil, "heartbeat") {
        end(ClientFailure(answer.errorCode, message: nil, of: settings, "heartbeat"))
      }
    }
  }

  package var nextDeadline: Instant? {
    guard isActive else { return nil }
    var next = sessionDeadline
    if !isLeaving { next = Instant.earlier(next, basis.pollDeadline) }
    if !basis.isCoordinatorKnown {
      if !basis.isSearching, !isLeaving { next = Instant.earlier(next, basis.notBefore) }
      return next
    }
    if hasSession, heartbeatCall == nil { next = Instant.earlier(next, nextHeartbeat) }
    if isToJoin, !basis.isChanging { next = Instant.earlier(next, basis.notBefore) }
    return next
  }

  private var isToJoin: Bool {
    switch phase {
    case .unjoined: true
    case .member: mustRejoin
    default: false
    }
  }
}
