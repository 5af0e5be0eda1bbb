import ActaModel
import ClientCore
import Coordination
import KafkaWire
import Threads
import Transport

/// What a consumer does on its thread: finds out where to begin, fetches ahead, and keeps its place in the group.
/// Only the client's loop touches it.
final class ConsumerEngine: ClientEngine {
  let buffer: ConsumerBuffer
  let settings: ConsumerSettings
  let network: ClientNetwork
  let loop: EventLoop
  var fetcher: Fetcher
  let group: GroupPositions?
  let coordinator: CoordinatorLink?
  let membership: MembershipChoice?
  /// `nil` unless the consumer has subscribed, and is not away.
  var session: GroupSession?
  /// The consumer is out of its group until the program polls; what was subscribed to stands.
  var isAway = false
  /// As whom is committed while there is no session: nobody, or a static member that has its place yet.
  var memberBehind = GroupPositions.Member()
  /// What was committed last of partitions that are not had any more, since the group was joined.
  var committedBehind: GroupPositions.Offsets = [:]
  /// With the classic protocol it is the client that looks for topics.
  var pattern: SubscribedPattern?
  /// With the consumer protocol the coordinator does.
  var patternText: String?
  /// The names that the program has given.
  var subscribed: Set<String> = []
  /// Nobody has the consumer any more.
  var isLetGo = false
  /// How often positions are committed by themselves; `nil`: never.
  let autoCommitMilliseconds: Int64?
  var autoCommitTimer: LoopTimer?
  var lastCommitted: GroupPositions.Offsets = [:]
  var commitsUnderWay = 0
  /// Commits are numbered; which was the last of each partition's: one that has to be made again must not go behind it.
  var lastCommit: UInt64 = 0
  var newestCommits: [CorePartition: UInt64] = [:]
  /// Called when there are none any more.
  var waitingForCommits: [() -> Void] = []
  /// Questions that wait until it is known who leads their partitions.
  var leadersWanted: [Int: LeadersWanted] = [:]
  private var timer: LoopTimer?
  private let callers: DeadlineTimer
  private var isPumping = false
  var mustPumpAgain = false

  init(
    _ buffer: ConsumerBuffer, _ settings: ConsumerSettings, membership: MembershipChoice?,
    autoCommitMilliseconds: Int64?, network: ClientNetwork, on loop: EventLoop
  ) {
    self.buffer = buffer
    self.settings = settings
    self.network = network
    self.loop = loop
    var random = SystemRandomNumberGenerator()
    fetcher = Fetcher(settings, seed: random.next())
    self.membership = membership
    let groupID = membership?.settings.groupID
    let coordinator = groupID.map { CoordinatorLink(.group, $0, network: network, on: loop) }
    self.coordinator = coordinator
    group = groupID.flatMap { groupID in coordinator.map { GroupPositions(groupID, $0) } }
    self.autoCommitMilliseconds = groupID == nil ? nil : autoCommitMilliseconds
    callers = DeadlineTimer(on: loop) { buffer.wakeOverdue(at: $0) }
    network.changed = { [weak self] in self?.networkChanged() }
    network.refused = { buffer.refuse($0) }
  }

  var now: Instant { Instant(milliseconds: Clock.monotonicMilliseconds()) }

  private func networkChanged() {
    if let topics = pattern?.topics(in: network.view) {
      session?.subscribe(to: TopicSubscription(topics: topics))
    }
    session?.networkChanged()
    askKnownLeaders()
    pump()
  }

  // MARK: What the caller wants

  /// - Throws: `invalidArgument`
  func assign(_ partitions: Set<CorePartition>) throws(ClientFailure) {
    if hasSubscribed {
      throw ClientFailure(
        .invalidArgument, "The consumer has subscribed: its group gives it its partitions.")
    }
    setAssignment(partitions)
    setAutoCommitTimer()
  }

  func setAssignment(_ partitions: Set<CorePartition>) {
    let before = fetcher.assigned
    fetcher.assign(partitions)
    for partition in before.subtracting(partitions) { buffer.begin(partition, nil, at: nil) }
    for partition in partitions.subtracting(before) { publish(partition) }
    network.follow(fetcher.topics)
    pump()
  }

  var assignment: Set<CorePartition> { fetcher.assigned }

  func move(_ partition: CorePartition, to position: Fetcher.Position) {
    fetcher.move(partition, to: position)
    publish(partition)
    pump()
  }

  /// The same for a program, which is told of partitions that are not there to be moved.
  ///
  /// - Throws: `notAssigned`
  func seek(
    _ partitions: [CorePartition], to position: Fetcher.Position
  ) throws(ClientFailure) {
    try requireAssigned(partitions)
    for partition in partitions { move(partition, to: position) }
  }

  /// - Throws: `notAssigned`
  func setPaused(_ isPaused: Bool, _ partitions: [CorePartition]) throws(ClientFailure) {
    try requireAssigned(partitions)
    for partition in partitions {
      fetcher.setPaused(isPaused, partition)
      buffer.setPaused(isPaused, partition)
    }
    pump()
  }

  var paused: Set<CorePartition> { assignment.filter { fetcher.isPaused($0) } }

  /// All or nothing: before one is touched.
  private func requireAssigned(_ partitions: [CorePartition]) throws(ClientFailure) {
    let assignment = assignment
    for partition in partitions where !assignment.contains(partition) {
      let words = "No current assignment for partition \(partition)"
      var failure = ClientFailure(
        .notAssigned,
        "\(words): a member of a group has its partitions from partitionsAssigned on, where its"
          + " listener can move them.", topic: partition.topic, partition: partition.partition)
      failure.message = words
      throw failure
    }
  }

  /// There is room for more.
  func wake() { pump() }

  /// A caller waits, and wants to be woken when its time is up.
  func noteCaller(until deadline: Int64) { callers.note(deadline) }

  /// What was asked for is known, if it is still wanted.
  func publish(_ question: Fetcher.Question) {
    // A position that has not changed keeps what was fetched for it.
    guard let generation = fetcher.generation(of: question.partition),
      generation != buffer.generation(of: question.partition)
    else { return }
    publish(question.partition)
  }

  func publish(_ partition: CorePartition) {
    var delivered: OffsetAndMetadata?
    if case .at(let offset, let epoch)? = fetcher.position(of: partition) {
      delivered = OffsetAndMetadata(offset, leaderEpoch: epoch < 0 ? nil : epoch)
    }
    buffer.begin(partition, fetcher.generation(of: partition), at: delivered)
  }

  // MARK: Doing what there is to do

  func pump() {
    // What is asked may be answered at once, and an answer pumps.
    mustPumpAgain = true
    if isPumping { return }
    isPumping = true
    while mustPumpAgain {
      mustPumpAgain = false
      pumpOnce()
    }
    isPumping = false
  }

  private func pumpOnce() {
    let now = now
    askForCommitted(fetcher.takeUnknown(at: now), at: now)
    askForOffsets(fetcher.takeResetting(at: now), at: now)
    askForEpochs(fetcher.takeUnchecked(at: now, view: network.view))
    let (plans, leaderless) = fetcher.plans(
      at: now, view: network.view, isReady: { network.isReady($0, .fetching) },
      room: { buffer.room($0) })
    for plan in plans { fetch(plan) }
    if !leaderless.isEmpty { network.follow(leaderless) }
    timer?.cancel()
    timer = fetcher.nextDeadline(after: now).map { next in
      loop.schedule(afterMilliseconds: max(1, next.milliseconds - now.milliseconds)) {
        [weak self] in self?.pump()
      }
    }
  }

  // MARK: The end

  func close() {
    timer?.cancel()
    timer = nil
    autoCommitTimer?.cancel()
    autoCommitTimer = nil
    callers.cancel()
    session?.close()
    buffer.refuse(ClientFailure(.closed, "The consumer is closed."))
    network.close(because: "The consumer is closed.")
  }
}
