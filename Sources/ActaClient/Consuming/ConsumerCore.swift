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

  // MARK: The group

  func subscribe(
    to topics: Set<String>, matching pattern: String?, _ listener: (any RebalanceListener)?
  ) async throws(ClientFailure) {
    self.listener.withLock { $0 = listener }
    try await life.working().ask { (engine, answer: (Result<Void, ClientFailure>) -> Void) in
      do throws(ClientFailure) {
        try engine.subscribe(to: topics, matching: pattern)
        answer(.success(()))
      } catch {
        answer(.failure(error))
      }
    }
    isSubscribed.store(true, ordering: .relaxed)
  }

  /// Tells the program of a change, and goes on when it has been told.
  private func tell(_ change: PartitionChange, _ work: Work) async {
    let listener = listener.withLock { $0 }
    switch change {
    case .assign(let partitions):
      work.execute { $0.begin(change) }
      await listener?.partitionsAssigned(partitions.map { TopicPartition($0) })
    case .revoke(let partitions):
      // What cannot be committed is read again by whoever gets them.
      _ = try? await work.ask { engine, answer in engine.commitRevoked(partitions) { answer($0) } }
      await listener?.partitionsRevoked(partitions.map { TopicPartition($0) })
    case .lose(let partitions):
      await listener?.partitionsLost(partitions.map { TopicPartition($0) })
    }
    work.execute { $0.end(change) }
  }

  /// Commits, leaves the group, and stops. Listeners are told what is given up.
  func close() async {
    buffer.refuse(life.isClosed)
    await life.close { [self] work in
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
  }

  /// How long it may take to leave the group.
  private static let leaveMilliseconds: Int64 = 10_000

  // MARK: Records

  /// Waits for records of one partition, and has `body` make something of each while it is lent.
  ///
  /// - Returns: Empty when `deadline` (monotonic milliseconds) has come, or the task was cancelled.
  func poll<R>(
    until deadline: Int64, _ make: (CorePartition, ChunkReader.Record) throws -> R
  ) async throws -> [R] {
    let work = try life.working()
    try buffer.beginPoll()
    defer { buffer.endPoll() }
    let isMember = isSubscribed.load(ordering: .relaxed)
    if isMember { work.execute { $0.pollBegan() } }
    while true {
      // Before there is another record: what was taken has been dealt with.
      while let change = buffer.takeChange() { await tell(change, work) }
      if let reader = try buffer.take() {
        let records = try read(reader, work, make)
        if records.isEmpty { continue }
        if isMember { work.execute { $0.pollEnded() } }
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

  private func read<R>(
    _ untouched: ChunkReader, _ work: Work,
    _ make: (CorePartition, ChunkReader.Record) throws -> R
  ) throws -> [R] {
    var reader = untouched
    var made: [R] = []
    made.reserveCapacity(maxPollRecords)
    var epoch: Int32 = -1
    let partition = reader.chunk.partition
    var hasMore: Bool
    do {
      hasMore = try reader.read(atMost: maxPollRecords) { record in
        made.append(try make(partition, record))
        epoch = record.leaderEpoch
      }
    } catch {
      // What came before it is given first; whoever asks again gets the error, and stands where it is.
      reader = untouched
      if made.isEmpty {
        buffer.putBackUnread(reader)
        throw error
      }
      hasMore = try reader.read(atMost: made.count) { _ in }
    }
    let (isCurrent, wakesThread) = buffer.putBack(reader, hasMore: hasMore, leaderEpoch: epoch)
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
