import ActaModel
import Coordination

// What a member of a consumer group does next, wherever it is.
extension ConsumerMembership {
  /// - Returns: What is to be done by whoever has told it something.
  mutating func goOn(at now: Instant) -> [MembershipEffect] {
    if basis.isPollOverdue(at: now) { stepOut() }
    takeSteps()
    keepInTouch(at: now)
    return basis.takeEffects()
  }

  /// The program takes too long: others are to have the partitions until it comes back.
  private mutating func stepOut() {
    guard failure == nil, !isLeaving else { return }
    switch phase {
    case .joining, .member: break
    default: return
    }
    _ = sayFarewell()
    fallOut()
    phase = .out
  }

  private mutating func takeSteps() {
    guard !basis.isChanging else { return }
    if isLost {
      isLost = false
      if !owned.isEmpty { return lose() }
    }
    if let failure {
      if case .ended = phase { return }
      phase = .ended
      return basis.ask(.fail(failure))
    }
    if isLeaving { return leave() }
    if case .member = phase { reconcile() }
  }

  private mutating func lose() {
    let lost = named(owned)
    owned = [:]
    basis.change(.lose(lost))
  }

  private mutating func leave() {
    switch phase {
    case .leaving, .ended: return
    default: break
    }
    if !owned.isEmpty { return revoke(owned) }
    heartbeatCall = nil
    guard let call = sayFarewell() else { return finish() }
    phase = .leaving(call: call)
  }

  // MARK: Reconciling

  /// Lets go of what it is not to have, then takes up what it is to have, as far as it knows its name.
  private mutating func reconcile() {
    let surplus = owned.subtracting(target)
    if !surplus.isEmpty { return revoke(surplus) }
    let missing = target.subtracting(owned)
    let added = missing.filter { names[$0.key] != nil }
    if added.isEmpty { return learn(Set(missing.keys)) }
    owned.merge(added) { $0.union($1) }
    basis.change(.assign(named(added)))
  }

  private mutating func revoke(_ partitions: [TopicID: Set<Int32>]) {
    revoking = partitions
    basis.change(.revoke(named(partitions)))
  }

  /// Asks once from one heartbeat to the next: a topic may be so new that not every broker knows of it.
  private mutating func learn(_ ids: Set<TopicID>) {
    let unknown = ids.subtracting(asked)
    guard !unknown.isEmpty else { return }
    asked.formUnion(unknown)
    basis.ask(.learnIDs(unknown))
  }
}
