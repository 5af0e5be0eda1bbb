import BatchCodec
import ClientCore
import Synchronization
import Threads

/// A consumer of bytes: its buffer, and the thread that fills it.
final class ConsumerCore: Sendable {
  let buffer: ConsumerBuffer
  typealias Work = ClientLife<ConsumerEngine>.Work

  let life: ClientLife<ConsumerEngine>
  private let listener = Mutex<(any RebalanceListener)?>(nil)
  private let isSubscribed = Atomic(false)
  private let isAssigned = Atomic(false)
  /// Loops over records that have asked for some and are not over.
  private let loops = Atomic(0)
  /// Whether a listener is being told: what it calls meanwhile is part of the change, and must not wait for its end.
  @TaskLocal private static var isTelling = false
  let instruments: ClientInstruments
  private let clientID: String
  let maxPollRecords: Int
  let defaultTimeoutMilliseconds: Int64

  init(
    _ configuration: ConsumerConfiguration, over makeLink: LinkMaker?
  ) throws(ClientFailure) {
    let settings = try configuration.consumerSettings()
    let network = try configuration.networkSettings()
    instruments = configuration.instruments
    clientID = configuration.clientID
    maxPollRecords = settings.maxPollRecords
    defaultTimeoutMilliseconds = configuration.defaultAPITimeoutMilliseconds
    let buffer = ConsumerBuffer(settings)
    self.buffer = buffer
    let membership = configuration.membership
    let interval =
      configuration.enableAutoCommit ? configuration.autoCommitIntervalMilliseconds : nil
    life = ClientLife("consumer") { loop in
      ConsumerEngine(
        buffer, settings, membership: membership, autoCommitMilliseconds: interval,
        network: ClientNetwork(network, on: loop, over: makeLink), on: loop)
    }
  }

  // MARK: Partitions

  func assign(_ partitions: Set<CorePartition>) async throws(ClientFailure) {
    try await life.working().ask { engine, answer in
      answer(Result { () throws(ClientFailure) in try engine.assign(partitions) })
    }
    isAssigned.store(!partitions.isEmpty, ordering: .relaxed)
  }

  func subscribe(
    to topics: Set<String>, matching pattern: String?, _ listener: (any RebalanceListener)?
  ) async throws(ClientFailure) {
    let work = try life.working()
    if !Self.isTelling { await buffer.waitUntilLeft() }
    self.listener.withLock { $0 = listener }
    try await work.ask { engine, answer in
      answer(
        Result { () throws(ClientFailure) in
          try engine.subscribe(to: topics, matching: pattern)
        })
    }
    isSubscribed.store(true, ordering: .relaxed)
    buffer.noteHere()
  }

  /// Commits and leaves the group, if the consumer is in one, and has no partitions then.
  func unsubscribe() async throws(ClientFailure) {
    let work = try life.working()
    while try !buffer.beginPoll() {
      if Self.isTelling { throw ConsumerBuffer.isPolled }
      await buffer.waitUntilLeft()
    }
    defer { buffer.endPoll() }
    await leave(work)
    isSubscribed.store(false, ordering: .relaxed)
    isAssigned.store(false, ordering: .relaxed)
    try await work.ask { engine, answer in answer(.success(engine.unsubscribe())) }
  }

  /// Tells the program of a change, and goes on when it has been told and the engine has made it: of a partition that
  /// the program was told is gone there is no record any more, whatever was fetched of it before.
  private func tell(_ change: PartitionChange, _ work: Work) async {
    let listener = listener.withLock { $0 }
    switch change {
    case .assign(let partitions):
      await Self.wait(for: work) { $0.begin(change) }
      await tell(listener, partitions) { await $0.partitionsAssigned($1) }
    case .revoke(let partitions):
      // Since it was to be told the program may have taken so long that the group has gone on without it.
      guard await Self.wait(for: work, { $0.has(partitions) }) ?? false else {
        return await tell(.lose(partitions), work)
      }
      // What cannot be committed is read again by whoever gets them.
      _ = try? await work.ask { engine, answer in engine.commitRevoked(partitions) { answer($0) } }
      await tell(listener, partitions) { await $0.partitionsRevoked($1) }
    case .lose(let partitions):
      await tell(listener, partitions) { await $0.partitionsLost($1) }
    }
    await Self.wait(for: work) { $0.end(change) }
  }

  private func tell(
    _ listener: (any RebalanceListener)?, _ partitions: [CorePartition],
    _ body: (any RebalanceListener, [TopicPartition]) async -> Void
  ) async {
    guard let listener else { return }
    await Self.$isTelling.withValue(true) {
      await body(listener, partitions.map { TopicPartition($0) })
    }
  }

  /// - Returns: `nil` for what cannot be done any more, and need not be: the consumer has been closed.
  @discardableResult
  private static func wait<R: Sendable>(
    for work: Work, _ body: @escaping @Sendable (ConsumerEngine) -> R
  ) async -> R? {
    try? await work.ask { engine, answer in answer(.success(body(engine))) }
  }

  /// Commits, leaves the group, and stops. Listeners are told what is given up.
  func close() async {
    buffer.refuse(life.isClosed)
    await life.close { [self] work in
      // Not for ever: it may be a listener that is told of it who closes the consumer.
      let deadline = Clock.monotonicMilliseconds() + 2 * Self.leaveMilliseconds
      await buffer.waitUntilLeft(until: deadline) {
        work.execute { $0.noteCaller(until: deadline) }
      }
      await leave(work)
    }
  }

  private func leave(_ work: Work) async {
    // What is not committed is read again by whoever gets the partitions; the engine says so.
    _ = try? await work.ask { engine, answer in engine.commitAtEnd { answer($0) } }
    work.execute { $0.leave() }
    let deadline = Clock.monotonicMilliseconds() + Self.leaveMilliseconds
    while !buffer.hasLeft, Clock.monotonicMilliseconds() < deadline {
      if let change = buffer.takeChange() {
        await tell(change, work)
      } else {
        await buffer.waitForChange(until: deadline) {
          work.execute { $0.noteCaller(until: deadline) }
        }
      }
    }
  }

  /// How long it may take to leave the group.
  private static let leaveMilliseconds: Int64 = 10_000

  // MARK: Loops over records

  func loopBegan() { loops.add(1, ordering: .relaxed) }

  /// The program has left a loop. With the last one the group is left, so that others get the partitions at once
  /// and not when the member's time is up.
  ///
  /// - Parameter byItself: Not because taking records has failed: then the consumer stands where it is.
  func loopEnded(byItself: Bool) {
    let (_, others) = loops.subtract(1, ordering: .relaxed)
    guard byItself, others == 0, isSubscribed.load(ordering: .relaxed),
      let work = try? life.working(), buffer.beginLeaving()
    else { return }
    // A loop's end cannot be waited for; whoever comes for more waits for this.
    Task.detached { [self] in
      await leave(work)
      await Self.wait(for: work) { $0.rest() }
      buffer.endLeaving()
    }
  }

  /// - Throws: `notAssigned`, between a loop that was left and the next one, for what only a member can do.
  func requirePresence() throws(ClientFailure) {
    guard buffer.isAway, !Self.isTelling else { return }
    throw ClientFailure(
      .notAssigned,
      "The consumer has left its group with the loop over its records, and is a member again when it is asked for"
        + " more: what only a member can do (seek, pause) belongs into the loop, or between calls of poll."
    )
  }

  /// Behind a loop that was left: until the group has been.
  func waitUntilLeft(until deadline: Int64) async {
    guard buffer.isAway, !Self.isTelling, let work = try? life.working() else { return }
    await buffer.waitUntilLeft(until: deadline) { work.execute { $0.noteCaller(until: deadline) } }
  }

  /// Whether the group is being left right now, and who asks is not the listener that is told of it.
  var isLeaving: Bool { buffer.isLeaving && !Self.isTelling }

  // MARK: Records

  /// Java's words: who forgot to subscribe would wait for ever else.
  private static let noPartitions = ClientFailure(
    .notAssigned, "Consumer is not subscribed to any topics or assigned any partitions")

  /// Makes something of up to so many records of a reader, adds it to what was made, and says whether there may be
  /// more. All of them at once: what is generic here is looked up for each call.
  typealias Make<R> = (_ reader: inout ChunkReader, _ limit: Int, _ made: inout [R]) throws -> Bool

  /// Waits for records of one partition, and has `make` make something of them.
  ///
  /// - Returns: Empty when `deadline` (monotonic milliseconds) has come, or the task was cancelled.
  func poll<R>(
    until deadline: Int64, _ make: Make<R>
  ) async throws -> [R] {
    let work = try life.working()
    while try !buffer.beginPoll() {
      if Self.isTelling { throw ConsumerBuffer.isPolled }
      if Task.isCancelled || Clock.monotonicMilliseconds() >= deadline { return [] }
      await buffer.waitWhileLeaving(until: deadline) {
        if deadline < .max { work.execute { $0.noteCaller(until: deadline) } }
      }
    }
    defer { buffer.endPoll() }
    let isMember = isSubscribed.load(ordering: .relaxed)
    guard isMember || isAssigned.load(ordering: .relaxed) else { throw Self.noPartitions }
    if isMember { work.execute { $0.pollBegan() } }
    // Also without records: who asks no more is gone (max.poll.interval.ms).
    defer { if isMember { work.execute { $0.pollEnded() } } }
    while true {
      // Before there is another record: what was taken has been dealt with.
      while let change = buffer.takeChange() { await tell(change, work) }
      if let reader = try buffer.take() {
        let records = try read(reader, work, make)
        if records.isEmpty { continue }
        return records
      }
      let now = Clock.monotonicMilliseconds()
      if now >= deadline || Task.isCancelled { return [] }
      await buffer.wait(until: deadline) {
        if deadline < .max { work.execute { $0.noteCaller(until: deadline) } }
      }
    }
  }

  /// Records from an offset on were not seen by the program.
  func giveBack(_ partition: CorePartition, from offset: Int64) {
    // At once, for whoever commits now.
    guard buffer.giveBack(partition, from: offset), let work = try? life.working() else { return }
    work.execute { $0.move(partition, to: .at(offset, leaderEpoch: -1)) }
  }

  private static var mostRecordsToReserve: Int { 1_000 }

  private func read<R>(
    _ untouched: ChunkReader, _ work: Work, _ make: Make<R>
  ) throws -> [R] {
    var reader = untouched
    var made: [R] = []
    // It may be as many as somebody could ever want.
    made.reserveCapacity(min(maxPollRecords, Self.mostRecordsToReserve))
    var hasMore: Bool
    do {
      hasMore = try make(&reader, maxPollRecords, &made)
    } catch {
      // What came before it is given first; whoever asks again gets the error, and stands where it is.
      reader = untouched
      if made.isEmpty {
        buffer.putBackUnread(reader)
        throw error
      }
      hasMore = try reader.read(atMost: made.count) { _ in }
    }
    let (isCurrent, wakesThread) = buffer.putBack(
      reader, hasMore: hasMore, leaderEpoch: made.isEmpty ? -1 : reader.leaderEpoch)
    if wakesThread { work.execute { $0.wake() } }
    if isCurrent, let meter = instruments.meter { note(made.count, upTo: reader, meter) }
    return isCurrent ? made : []
  }

  private func note(_ count: Int, upTo reader: ChunkReader, _ meter: any ClientMeter) {
    let partition = reader.chunk.partition
    let subject = ClientSubject(
      clientID: clientID, topic: partition.topic, partition: partition.partition)
    meter.count(.recordsConsumed, by: count, of: subject)
    let end = buffer.endOffset(of: partition) ?? reader.chunk.highWatermark
    meter.measure(.lag, max(0, end - reader.nextOffset), of: subject)
  }
}
