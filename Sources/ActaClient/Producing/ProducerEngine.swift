import ActaModel
import BatchCodec
import ClientCore
import Coordination
import KafkaWire
import Threads
import Transport

/// What a producer does on its thread: takes batches when their brokers can have them, sends them, and tells those
/// who wait what became of them. Only the client's loop touches it.
final class ProducerEngine: ClientEngine {
  let buffer: ProducerBuffer
  let settings: ProducerSettings
  let network: ClientNetwork
  private let loop: EventLoop
  var sender: ProduceSender
  /// `nil` without a transactional id.
  var transaction: ProducerTransaction?
  /// Of the transactional id.
  let coordinator: CoordinatorLink?
  /// Called when the coordinator has been told of all partitions that it is being told of.
  var waitingForAdded: [() -> Void] = []
  private var groupCoordinators: [String: CoordinatorLink] = [:]
  /// Of what is due that no event tells of.
  private lazy var timer = DeadlineTimer(on: loop) { [weak self] _ in
    self?.pump()
    return nil
  }
  private let callers: DeadlineTimer
  /// Brokers that were sent records for which they have not answered anything.
  var toldNodes: Set<Int32> = []
  private var isAskingForID = false
  private var failuresToGetID = 0
  private var idNotBefore: Instant?
  private var isPumping = false
  private var mustPumpAgain = false
  private var random = SystemRandomNumberGenerator()

  init(
    _ buffer: ProducerBuffer, _ settings: ProducerSettings, network: ClientNetwork,
    on loop: EventLoop
  ) {
    self.buffer = buffer
    self.settings = settings
    self.network = network
    self.loop = loop
    var random = SystemRandomNumberGenerator()
    sender = ProduceSender(settings, seed: random.next())
    callers = DeadlineTimer(on: loop) { buffer.wakeOverdue(at: $0) }
    transaction = settings.transactionalID.map { ProducerTransaction($0) }
    coordinator = settings.transactionalID.map {
      CoordinatorLink(.transaction, $0, network: network, on: loop)
    }
    tellCallers()
    network.changed = { [weak self] in self?.networkChanged() }
    network.refused = { [weak self] in self?.abandon($0) }
  }

  func groupCoordinator(_ groupID: String) -> CoordinatorLink {
    if let known = groupCoordinators[groupID] { return known }
    let link = CoordinatorLink(.group, groupID, network: network, on: loop)
    groupCoordinators[groupID] = link
    return link
  }

  private var now: Instant { Instant(milliseconds: Clock.monotonicMilliseconds()) }

  // MARK: Events

  /// Somebody has something to send.
  func wake() { pump() }

  /// Somebody wants to produce to a topic of which nothing is known.
  func follow(_ topic: String) { network.follow([topic]) }

  /// Has a topic asked about once more: it may have got partitions.
  func look(
    at topic: String, withinMilliseconds limit: Int64,
    completion: @escaping (Result<Void, ClientFailure>) -> Void
  ) {
    network.look(at: topic, withinMilliseconds: limit, completion)
  }

  /// A caller waits, and wants to be woken when its time is up.
  func noteCaller(until deadline: Int64) { callers.note(deadline) }

  private func networkChanged() {
    buffer.learn(network.view)
    pump()
  }

  /// Why nothing is known of a topic.
  func objection(to topic: String) -> ClientFailure {
    if let code = network.view.refusals[topic] { return ClientFailure(code, topic: topic) }
    if !network.failures.isEmpty, network.view.nodes.isEmpty {
      return ClientFailure(
        .timedOut, "No broker could be reached: \(network.failures).", topic: topic)
    }
    return ClientFailure(
      .timedOut, "Topic \(topic) is not present in metadata.", topic: topic)
  }

  /// What a topic was refused with for good. It is asked about again for the sake of whoever comes next.
  func takeRefusal(of topic: String) -> ClientFailure? {
    guard let code = network.view.refusals[topic], !code.isRetriable else { return nil }
    network.refresh()
    return ClientFailure(code, topic: topic)
  }

  /// Why nothing of a partition can be sent; `nil` where nothing is known to be in the way.
  private func obstacle(to partition: CorePartition) -> String? {
    guard let leader = network.view.leader(of: partition) else {
      return network.view.refusals[partition.topic].map { "\($0)" } ?? "nobody is known to lead it"
    }
    return network.obstacle(to: leader)
  }

  // MARK: Sending

  private func pump() {
    // What is sent may be answered at once, and an answer pumps.
    mustPumpAgain = true
    if isPumping { return }
    isPumping = true
    while mustPumpAgain {
      mustPumpAgain = false
      pumpOnce()
    }
    isPumping = false
  }

  /// Packing takes longer than sending: the broker has the first request while the next one is packed.
  private var requestsAtOnce: Int { settings.compression == .none ? .max : 1 }

  private func pumpOnce() {
    let now = now
    let isFlushing = buffer.isFlushing
    let (late, due) = buffer.withAccumulator { accumulator in
      accumulator.noteSenderAwake()
      let late = accumulator.takeOlder(than: now + -settings.deliveryTimeoutMilliseconds)
      return (late, accumulator.due(at: now, isFlushing: isFlushing))
    }
    for batch in late { sender.expire(batch, because: obstacle(to: batch.partition)) }
    sender.expire(at: now)
    if sender.needsProducerID, !due.partitions.isEmpty, transaction == nil { askForID(at: now) }
    let admitted = admitted(due.partitions)
    let (requests, leaderless) = sender.requests(
      at: now, due: admitted, view: network.view, isReady: { network.isReady($0) },
      atMost: requestsAtOnce, take: { partition in buffer.withAccumulator { $0.take(partition) } })
    if !requests.isEmpty { transaction?.noteWritten() }
    for request in requests {
      noteSent(request)
      send(request)
    }
    let mayGoOn = requests.count == requestsAtOnce
    if mayGoOn { loop.flushNow() }
    // With nothing due there is still what waits for a broker, whose time runs out.
    let isWaiting = !buffer.withAccumulator { $0.isEmpty }
    // One batch of each partition has gone; there may be more that is due.
    if !requests.isEmpty, isWaiting || mayGoOn { mustPumpAgain = true }
    if let failure = sender.takeFailure(), transaction != nil { transactionFailed(failure) }
    if !leaderless.isEmpty { network.follow(leaderless) }
    releaseSettled()
    let idle = isWaiting ? now + Self.lookMilliseconds : nil
    setTimer(Instant.earlier(Instant.earlier(due.next, sender.nextDeadline), idle), at: now)
  }

  /// In a transaction of the first generation, those that the coordinator knows of.
  private func admitted(_ partitions: [CorePartition]) -> [CorePartition] {
    guard let transaction else { return partitions }
    add(partitions)
    return partitions.filter { transaction.admits($0) }
  }

  private func send(_ request: ProduceSender.Request) {
    let (settings, view) = (settings, network.view)
    let addsByWriting = transaction?.addsByWriting ?? true
    let make: (SpokenVersions) throws(ClientFailure) -> (request: ProduceRequest, version: Int16) =
      {
        versions throws(ClientFailure) in
        let newest = request.newestVersion(view, addsByWriting: addsByWriting)
        let version = try versions.newest(of: .produce, upTo: newest, from: 3)
        return (request.message(version: version, settings, view: view), version)
      }
    guard request.isAnswered else {
      do throws(ClientFailure) {
        try network.tell(request.node, make)
        toldNodes.insert(request.node)
        sender.sent(request.number)
      } catch {
        answered(request.number, .failure(error), names: [:])
      }
      return
    }
    let names = Dictionary(
      request.topics.compactMap { name in view.topics[name].map { ($0.id, name) } },
      uniquingKeysWith: { first, _ in first })
    network.send(
      to: request.node, within: Int64(settings.requestTimeoutMilliseconds), make
    ) { [weak self] answer in
      self?.answered(request.number, answer, names: names)
    }
  }

  private func answered(
    _ number: UInt64, _ answer: Result<ProduceResponse, ClientFailure>, names: [TopicID: String]
  ) {
    let outdated = sender.answered(number, answer, names: names, at: now)
    if !outdated.isEmpty { network.refresh() }
    pump()
  }

  /// The next moment at which something is due that no event tells of.
  private func setTimer(_ next: Instant?, at now: Instant) {
    guard let next = Instant.earlier(next, idNotBefore) else { return }
    timer.note(max(next.milliseconds, now.milliseconds + 1))
  }

  /// How often what waits is looked at, at least.
  private static let lookMilliseconds: Int64 = 500

  // MARK: The producer's id

  private func askForID(at now: Instant) {
    guard !isAskingForID, idNotBefore.map({ $0 <= now }) ?? true else { return }
    isAskingForID = true
    idNotBefore = nil
    network.send(to: nil) { versions throws(ClientFailure) in
      var request = InitProducerIdRequest()
      request.transactionTimeoutMilliseconds = .max
      return (request, try versions.newest(of: .initProducerID))
    } completion: { [weak self] answer in
      self?.took(answer)
    }
  }

  private func took(_ answer: Result<InitProducerIdResponse, ClientFailure>) {
    isAskingForID = false
    let failure: ClientFailure
    switch answer {
    case .success(let response) where response.errorCode == .none:
      failuresToGetID = 0
      network.log(.debug, "The producer's id is \(response.producerID).")
      sender.take(
        ProducerClaim(id: ProducerID(response.producerID), epoch: response.producerEpoch))
      return pump()
    case .success(let response): failure = ClientFailure(response.errorCode)
    case .failure(let error): failure = error
    }
    if failure.isRetriable {
      failuresToGetID += 1
      let chance = Double.random(in: 0..<1, using: &random)
      let wait = settings.retryBackoff.milliseconds(after: failuresToGetID, chance: chance)
      idNotBefore = now + wait
    } else if failure.reason != .closed {
      // Nothing can be sent with what was promised.
      let sentence = "The broker gives no producer id: \(failure.sentence)"
      abandon(ClientFailure(failure.reason, sentence))
    }
    pump()
  }

  // MARK: The end

  /// Gives up what is not settled, and refuses all that comes.
  func abandon(_ failure: ClientFailure) {
    buffer.refuse(failure)
    sender.abandon(buffer.withAccumulator { $0.takeAll() }, failure)
    releaseSettled()
  }

  /// The same when the time is up that closing may take.
  func giveUp(afterMilliseconds limit: Int64) {
    guard limit < .max else { return }
    loop.schedule(afterMilliseconds: max(0, limit)) { [weak self] in
      self?.abandon(
        ClientFailure(
          .closed, "The producer was closed, and this was not acknowledged within \(limit) ms."))
    }
  }

  func close() {
    timer.cancel()
    callers.cancel()
    abandon(ClientFailure(.closed, "The producer was closed before this was acknowledged."))
    network.close(because: "The producer is closed.")
    // Who waits for them is told that the producer is closed.
    waitingForAdded = []
  }
}
