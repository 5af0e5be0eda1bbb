import BatchCodec
import ClientCore
import Threads

/// A consumer of bytes: its buffer, and the thread that fills it.
final class ConsumerCore: Sendable {
  let buffer: ConsumerBuffer
  let life: ClientLife<ConsumerEngine>
  let maxPollRecords: Int
  let defaultTimeoutMilliseconds: Int64

  init(_ configuration: ConsumerConfiguration) throws(ClientFailure) {
    let settings = try configuration.consumerSettings()
    let network = try configuration.networkSettings()
    maxPollRecords = settings.maxPollRecords
    defaultTimeoutMilliseconds = configuration.defaultAPITimeoutMilliseconds
    let buffer = ConsumerBuffer(settings)
    self.buffer = buffer
    let groupID = configuration.groupID
    let interval =
      configuration.enableAutoCommit ? configuration.autoCommitIntervalMilliseconds : nil
    life = ClientLife("consumer") { loop in
      ConsumerEngine(
        buffer, settings, groupID: groupID, autoCommitMilliseconds: interval,
        network: ClientNetwork(network, on: loop), on: loop)
    }
  }

  func close() async {
    await life.close { work in
      // What cannot be committed is read again; that is all there is to say about it.
      _ = try? await work.ask { engine, answer in engine.commitAtEnd { answer($0) } }
    }
  }

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
    while true {
      if let reader = try buffer.take() {
        let records = try read(reader, work, make)
        if !records.isEmpty { return records }
        continue
      }
      let now = Clock.monotonicMilliseconds()
      if now >= deadline || Task.isCancelled { return [] }
      await buffer.wait { signal in
        work.execute { $0.signal(signal, afterMilliseconds: deadline - now) }
      }
    }
  }

  private func read<R>(
    _ untouched: ChunkReader, _ work: ClientLife<ConsumerEngine>.Work,
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
    return isCurrent ? made : []
  }
}
