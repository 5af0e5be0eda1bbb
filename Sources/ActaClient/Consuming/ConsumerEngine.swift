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
  private let settings: ConsumerSettings
  let network: ClientNetwork
  let loop: EventLoop
  private var fetcher: Fetcher
  private let group: GroupPositions?
  let coordinator: CoordinatorLink?
  let membership: MembershipChoice?
  /// `nil` unless the consumer has subscribed.
  var session: GroupSession?
  /// With the classic protocol it is the client that looks for topics.
  var pattern: SubscribedPattern?
  /// How often positions are committed by themselves; `nil`: never.
  let autoCommitMilliseconds: Int64?
  private var autoCommitTimer: LoopTimer?
  var lastCommitted: GroupPositions.Offsets = [:]
  private var timer: LoopTimer?
  private let callers: DeadlineTimer
  private var isPumping = false
  private var mustPumpAgain = false

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
  }

  var now: Instant { Instant(milliseconds: Clock.monotonicMilliseconds()) }

  private func networkChanged() {
    if let topics = pattern?.topics(in: network.view) {
      session?.subscribe(to: TopicSubscription(topics: topics))
    }
    session?.networkChanged()
    pump()
  }

  // MARK: What the caller wants

  /// - Throws: `invalidArgument`
  func assign(_ partitions: Set<CorePartition>) throws(ClientFailure) {
    if session != nil {
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

  func setPaused(_ isPaused: Bool, _ partition: CorePartition) {
    fetcher.setPaused(isPaused, partition)
    buffer.setPaused(isPaused, partition)
    pump()
  }

  /// There is room for more.
  func wake() { pump() }

  /// A caller waits, and wants to be woken when its time is up.
  func noteCaller(until deadline: Int64) { callers.note(deadline) }

  /// What was asked for is known, if it is still wanted.
  private func publish(_ question: Fetcher.Question) {
    // A position that has not changed keeps what was fetched for it.
    guard let generation = fetcher.generation(of: question.partition),
      generation != buffer.generation(of: question.partition)
    else { return }
    publish(question.partition)
  }

  private func publish(_ partition: CorePartition) {
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

  // MARK: Where to begin

  private func askForCommitted(_ questions: [Fetcher.Question], at now: Instant) {
    if questions.isEmpty { return }
    // Without a group there is no committed position.
    guard let group else { return begin(questions, [:]) }
    group.committed(
      questions.map(\.partition), mustBeStable: settings.isReadCommitted,
      until: now.milliseconds + settings.requestTimeoutMilliseconds
    ) { [weak self] answer in
      guard let self else { return }
      switch answer {
      case .success(let offsets): begin(questions, offsets)
      case .failure(let failure):
        for question in questions { fetcher.failed(question, at: self.now) }
        if !failure.isRetriable { buffer.fail([failure]) }
      }
      pump()
    }
  }

  private func begin(_ questions: [Fetcher.Question], _ offsets: GroupPositions.Offsets) {
    for question in questions {
      let found = offsets[question.partition]
      let failure = fetcher.committed(
        question, found?.offset, leaderEpoch: found?.leaderEpoch ?? -1)
      publish(question)
      if let failure { buffer.fail([failure]) }
    }
    // Those without one have their ends asked for.
    mustPumpAgain = true
  }

  // MARK: Committing

  /// - Parameter deadline: Monotonic milliseconds.
  func commit(
    _ offsets: GroupPositions.Offsets, until deadline: Int64,
    completion: @escaping (Result<Void, ClientFailure>) -> Void
  ) {
    guard let group else { return completion(.failure(Self.noGroup)) }
    let member = session?.member ?? GroupPositions.Member()
    group.commit(offsets, as: member, until: deadline) { [weak self] result in
      switch result {
      case .success: self?.lastCommitted.merge(offsets) { $1 }
      case .failure(let failure):
        if case .refused(let code) = failure.reason {
          self?.session?.commitRefused(code, generation: member.generation)
        }
      }
      completion(result)
    }
  }

  func committed(
    _ partitions: [CorePartition], until deadline: Int64,
    completion: @escaping (Result<GroupPositions.Offsets, ClientFailure>) -> Void
  ) {
    guard let group else { return completion(.failure(Self.noGroup)) }
    group.committed(
      partitions, mustBeStable: settings.isReadCommitted, until: deadline, completion: completion)
  }

  static let noGroup = ClientFailure(
    .invalidArgument, "Positions belong to a group: group.id is not set.")

  func uncommitted(_ offsets: GroupPositions.Offsets) -> GroupPositions.Offsets {
    offsets.filter { lastCommitted[$0.key]?.offset != $0.value.offset }
  }

  /// Commits what the caller has dealt with, if that has changed.
  private func commitProcessed() {
    let changed = uncommitted(buffer.processed)
    let deadline = now.milliseconds + settings.requestTimeoutMilliseconds
    commit(changed, until: deadline) { [network] result in
      // It is tried again with the next one.
      if case .failure(let failure) = result {
        network.log(.warning, "Positions were not committed: \(failure.sentence)")
      }
    }
  }

  func setAutoCommitTimer() {
    guard let interval = autoCommitMilliseconds, autoCommitTimer == nil else { return }
    autoCommitTimer = loop.schedule(afterMilliseconds: max(1, interval)) { [weak self] in
      self?.autoCommitTimer = nil
      self?.commitProcessed()
      self?.setAutoCommitTimer()
    }
  }

  /// What is committed by itself is committed once more.
  func commitAtEnd(_ completion: @escaping (Result<Void, ClientFailure>) -> Void) {
    guard autoCommitMilliseconds != nil else { return completion(.success(())) }
    let changed = uncommitted(buffer.delivered)
    commit(changed, until: now.milliseconds + Self.lastCommitMilliseconds, completion: completion)
  }

  /// How long the last commit may take.
  static let lastCommitMilliseconds: Int64 = 10_000

  // MARK: Fetching

  private func fetch(_ plan: Fetcher.Plan) {
    let (settings, view) = (settings, network.view)
    let names = Dictionary(
      Set(plan.parts.map(\.partition.topic)).compactMap { name in
        view.topics[name].map { ($0.id, name) }
      }, uniquingKeysWith: { first, _ in first })
    // The broker may take as long as it was told to.
    let timeout = settings.requestTimeoutMilliseconds + Int64(settings.fetchMaxWaitMilliseconds)
    network.send(to: plan.node, lane: .fetching, within: timeout) {
      versions throws(ClientFailure) in
      let version = try versions.newest(of: .fetch, upTo: plan.newestVersion(view), from: 4)
      return (plan.message(settings, view: view), version)
    } completion: { [weak self] answer in
      self?.fetched(plan, answer, names: names)
    }
  }

  private func fetched(
    _ plan: Fetcher.Plan, _ answer: Result<FetchResponse, ClientFailure>, names: [TopicID: String]
  ) {
    let result =
      switch answer {
      case .success(let response): fetcher.answered(plan, response, names: names, at: now)
      case .failure(let failure): fetcher.failed(plan, failure, at: now)
      }
    // A position that was out of range has been given up.
    for part in plan.parts
    where fetcher.generation(of: part.partition).map({ $0 != part.generation }) ?? false {
      if case .resetting? = fetcher.position(of: part.partition) { publish(part.partition) }
    }
    if let meter = network.settings.instruments.meter { note(result.chunks, meter) }
    buffer.add(result.chunks, checksCRC: settings.checkCRCs)
    buffer.fail(result.failures)
    if !result.outdated.isEmpty { network.refresh() }
    pump()
  }

  private func note(_ chunks: [FetchedChunk], _ meter: any ClientMeter) {
    for chunk in chunks {
      meter.count(
        .bytesFetched, by: chunk.bytes.count,
        of: ClientSubject(
          clientID: network.settings.clientID, topic: chunk.partition.topic,
          partition: chunk.partition.partition))
    }
  }

  // MARK: Ends of logs, and times

  private func askForOffsets(
    _ wanted: [(question: Fetcher.Question, to: ConsumerSettings.OffsetReset)], at now: Instant
  ) {
    if wanted.isEmpty { return }
    let clock = Clock.epochMilliseconds()
    let times = Dictionary(
      wanted.map { ($0.question.partition, $0.to.timestamp(at: clock)) },
      uniquingKeysWith: { first, _ in first })
    let questions = Dictionary(
      wanted.map { ($0.question.partition, $0.question) }, uniquingKeysWith: { first, _ in first })
    lookUp(times) { [weak self] partition, answer in
      guard let self, let question = questions[partition] else { return }
      switch answer {
      case .success(let found):
        fetcher.found(question, found?.offset, leaderEpoch: found?.leaderEpoch ?? -1)
        publish(question)
      case .failure(let failure):
        if !failure.isRetriable { buffer.fail([failure]) }
        fetcher.failed(question, at: self.now)
      }
    } done: { [weak self] in
      self?.pump()
    }
  }

  struct Found {
    let offset: Int64
    let timestamp: Int64
    let leaderEpoch: Int32
  }

  /// Asks the leaders for offsets by time (epoch milliseconds, or one of the negative values that stand for an
  /// end).
  ///
  /// - Parameters:
  ///   - each: Told once for each partition; `nil` where no record is that late.
  ///   - done: Told after all of them.
  func lookUp(
    _ questions: [CorePartition: Int64],
    each: @escaping (CorePartition, Result<Found?, ClientFailure>) -> Void,
    done: @escaping () -> Void
  ) {
    var byNode: [Int32: [CorePartition]] = [:]
    var leaderless: [CorePartition] = []
    for partition in questions.keys.sorted() {
      if let leader = network.view.leader(of: partition) {
        byNode[leader, default: []].append(partition)
      } else {
        leaderless.append(partition)
      }
    }
    for partition in leaderless {
      let code = network.view.refusals[partition.topic] ?? .leaderNotAvailable
      each(
        partition,
        .failure(ClientFailure(code, topic: partition.topic, partition: partition.partition)))
    }
    if !leaderless.isEmpty { network.follow(Set(leaderless.map(\.topic))) }
    var left = byNode.count
    if left == 0 { return done() }
    for (node, partitions) in byNode {
      let request = ListOffsetsRequest(
        partitions.map { ($0, questions[$0] ?? -1) }, isReadCommitted: settings.isReadCommitted)
      network.send(to: node) { versions throws(ClientFailure) in
        (request, try versions.newest(of: .listOffsets, from: 1))
      } completion: { answer in
        let answers = answer.map { $0.byPartition }
        for partition in partitions {
          each(partition, answers.flatMap { Self.found($0[partition], partition) })
        }
        left -= 1
        if left == 0 { done() }
      }
    }
  }

  /// The same for a caller: all of them, and again for as long as a leader is not known or moves.
  func offsets(
    _ questions: [CorePartition: Int64], until deadline: Int64, attempt: Int = 1,
    completion: @escaping (Result<[TopicPartition: OffsetAndTimestamp], ClientFailure>) -> Void
  ) {
    network.follow(Set(questions.keys.map(\.topic)))
    var found: [TopicPartition: OffsetAndTimestamp] = [:]
    var failure: ClientFailure?
    lookUp(questions) { partition, answer in
      switch answer {
      case .success(let place):
        guard let place else { return }
        found[TopicPartition(partition)] = OffsetAndTimestamp(
          offset: place.offset, timestamp: place.timestamp,
          leaderEpoch: place.leaderEpoch < 0 ? nil : place.leaderEpoch)
      case .failure(let error): failure = failure ?? error
      }
    } done: { [weak self] in
      guard let failure else { return completion(.success(found)) }
      let wait = self?.settings.retryBackoff.milliseconds(after: attempt, chance: 0.5) ?? 0
      guard let self, failure.isRetriable, now.milliseconds + wait < deadline else {
        return completion(.failure(failure))
      }
      network.refresh()
      loop.schedule(afterMilliseconds: wait) { [weak self] in
        guard let self else { return completion(.failure(failure)) }
        offsets(questions, until: deadline, attempt: attempt + 1, completion: completion)
      }
    }
  }

  private static func found(
    _ answer: ListOffsetsResponse.Partition?, _ partition: CorePartition
  ) -> Result<Found?, ClientFailure> {
    guard let answer else {
      return .failure(
        ClientFailure(.malformedAnswer, "The broker says nothing of \(partition)."))
    }
    guard answer.errorCode == .none else {
      return .failure(
        ClientFailure(answer.errorCode, topic: partition.topic, partition: partition.partition))
    }
    if answer.offset < 0 { return .success(nil) }
    return .success(
      Found(offset: answer.offset, timestamp: answer.timestamp, leaderEpoch: answer.leaderEpoch))
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
