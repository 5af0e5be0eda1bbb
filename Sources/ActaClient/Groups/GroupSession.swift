import ActaModel
import ClientCore
import Coordination
import KafkaWire
import Threads
import Transport

/// Does what a membership asks for, and tells it what comes of that. Only the client's loop touches it.
final class GroupSession {
  private var membership: any GroupMembership
  private let settings: MembershipSettings
  private let coordinator: CoordinatorLink
  private let network: ClientNetwork
  private let loop: EventLoop
  private var timer: LoopTimer?
  private var effects = Fifo<MembershipEffect>()
  private var isWorking = false
  private var left: [() -> Void] = []
  /// The program is to be told; `taken` when it is.
  private let change: (PartitionChange) -> Void
  private let failed: (ClientFailure) -> Void

  /// - Parameters:
  ///   - change: Takes a change that the program is to be told of; `changed` is to be called when it is done.
  ///   - failed: The member is out for good.
  init(
    _ membership: any GroupMembership, _ settings: MembershipSettings,
    coordinator: CoordinatorLink, network: ClientNetwork, on loop: EventLoop,
    change: @escaping (PartitionChange) -> Void, failed: @escaping (ClientFailure) -> Void
  ) {
    self.membership = membership
    self.settings = settings
    self.coordinator = coordinator
    self.network = network
    self.loop = loop
    self.change = change
    self.failed = failed
  }

  private var now: Instant { Instant(milliseconds: Clock.monotonicMilliseconds()) }

  /// As whom positions are committed.
  var member: GroupPositions.Member {
    GroupPositions.Member(
      id: membership.memberID, generation: membership.generation,
      instanceID: settings.groupInstanceID)
  }

  var assigned: Set<CorePartition> { membership.assigned }

  /// Whether a commit that was refused as this member may be taken a little later: the group is about to go on to
  /// another generation or has, and the partitions are the member's as before. Who is out has no generation.
  func keeps(
    _ partitions: some Sequence<CorePartition>, since member: GroupPositions.Member
  ) -> Bool {
    guard self.member.id == member.id, member.generation >= 0,
      self.member.generation >= member.generation
    else { return false }
    let assigned = assigned
    return partitions.allSatisfy { assigned.contains($0) }
  }

  // MARK: Events

  func subscribe(to subscription: TopicSubscription) {
    network.follow(subscription.topics)
    tell { membership, now in membership.subscribe(to: subscription, at: now) }
  }

  func networkChanged() {
    let view = network.view
    tell { membership, now in membership.learned(view, at: now) }
  }

  func pollBegan() { tell { membership, now in membership.pollBegan(at: now) } }

  func pollEnded() { tell { membership, now in membership.pollEnded(at: now) } }

  /// The program is done with a change.
  func changed() { tell { membership, now in membership.changed(at: now) } }

  func commitRefused(_ code: ErrorCode, generation: Int32) {
    tell { membership, now in membership.commitRefused(code, generation: generation, at: now) }
  }

  /// Leaves the group; `completion` is called when that is done, or cannot be.
  func leave(_ completion: @escaping () -> Void) {
    left.append(completion)
    tell { membership, now in membership.leave(at: now) }
  }

  // MARK: Doing what is asked for

  private func tell(_ event: (inout any GroupMembership, Instant) -> [MembershipEffect]) {
    for effect in event(&membership, now) { effects.append(effect) }
    // What is done may be answered at once.
    if isWorking { return }
    isWorking = true
    while !effects.isEmpty { perform(effects.removeFirst()) }
    isWorking = false
    setTimer()
  }

  private func perform(_ effect: MembershipEffect) {
    switch effect {
    case .findCoordinator: find()
    case .send(let call): send(call)
    case .learnTopics(let names):
      network.follow(names)
      // What is not known yet is told when it has come; to tell of the same view again would be to be asked again.
      let view = network.view
      if names.allSatisfy({ view.topics[$0] != nil || view.refusals[$0] != nil }) {
        networkChanged()
      }
    case .learnIDs(let ids): network.follow(ids: ids)
    case .assign(let partitions): change(.assign(partitions))
    case .revoke(let partitions): change(.revoke(partitions))
    case .lose(let partitions): change(.lose(partitions))
    case .left: end()
    case .fail(let failure):
      failed(failure.at(coordinator.node))
      end()
    }
  }

  private func end() {
    let told = left
    left = []
    for completion in told { completion() }
  }

  private func find() {
    coordinator.forget()
    coordinator.find { [weak self] found in
      self?.tell { membership, now in
        switch found {
        case .success(let node): membership.coordinatorFound(node, at: now)
        case .failure(let failure): membership.coordinatorNotFound(failure, at: now)
        }
      }
    }
  }

  private func send(_ call: MembershipCall) {
    switch call.request {
    case .join(let request): send(call, request, upTo: 9) { .join($0) }
    case .sync(let request): send(call, request, upTo: 5) { .sync($0) }
    case .heartbeat(let request): send(call, request, upTo: 4) { .heartbeat($0) }
    case .leave(let request): send(call, request, upTo: 5) { .leave($0) }
    case .consumerHeartbeat(let request): send(call, request, upTo: 1) { .consumerHeartbeat($0) }
    }
  }

  /// - Parameter newest: The version in whose words requests are made.
  private func send<R: RequestMessage>(
    _ call: MembershipCall, _ request: R, upTo newest: Int16,
    _ answer: @escaping (R.Response) -> MembershipAnswer
  ) {
    let number = call.number
    // Joining is answered when everybody has joined: what else is said to the coordinator must not wait for it.
    network.send(to: call.node, lane: .group, within: Int64(call.timeoutMilliseconds)) {
      versions throws(ClientFailure) in
      (request, try versions.newest(of: R.api, upTo: newest))
    } completion: { [weak self] result in
      self?.tell { membership, now in
        membership.answered(number, result.map(answer), at: now)
      }
    }
  }

  // MARK: Time

  private func setTimer() {
    timer?.cancel()
    timer = membership.nextDeadline.map { next in
      loop.schedule(afterMilliseconds: max(1, next.milliseconds - now.milliseconds)) {
        [weak self] in
        self?.tell { membership, now in membership.tick(at: now) }
      }
    }
  }

  func close() {
    timer?.cancel()
    timer = nil
    end()
  }
}
