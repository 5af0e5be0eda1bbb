import ActaClient
import Glibc
import Synchronization

/// Takes records, notes them, commits them; notes what comes and goes.
final class GroupWork: Sendable {
  private let options: WorkerOptions
  private let journal: Journal
  /// Processed and not committed yet. A commit that is refused in the middle of a rebalance is made again, as long as
  /// the partition stays.
  private let waiting = Mutex<[TopicPartition: Int64]>([:])
  private let isStopping = Atomic(false)

  init(_ options: WorkerOptions, _ journal: Journal) {
    self.options = options
    self.journal = journal
  }

  func stop() { isStopping.store(true, ordering: .relaxed) }

  func run() async throws {
    let consumer = try Consumer(
      configuration, key: BytesDeserializer(), value: BytesDeserializer())
    try consumer.start()
    let topic = options["topic"] ?? ""
    let listener = Listener(work: self, consumer: consumer)
    if topic.hasPrefix("^") {
      try await consumer.subscribe(matching: topic, listener: listener)
    } else {
      try await consumer.subscribe(to: [topic], listener: listener)
    }
    journal.note("subscribed")
    let (parent, pause) = (getppid(), Double(options["pause"] ?? "") ?? 0)
    let looped = options.integer("loop", 0)
    if looped > 0 { try await loop(over: looped, of: consumer, startedBy: parent) }
    while !isStopping.load(ordering: .relaxed) {
      // Who started this is gone.
      if getppid() != parent { exit(1) }
      let records = try await poll(consumer)
      process(records)
      await commit(consumer)
      if !records.isEmpty, pause > 0 { try await Task.sleep(for: .seconds(pause)) }
    }
    await consumer.close()
  }

  /// Takes so many records in a loop, leaves it, and does not come back.
  private func loop(
    over count: Int, of consumer: Consumer<[UInt8], [UInt8]>, startedBy parent: pid_t
  ) async throws {
    var left = count
    for try await record in consumer.records {
      process([record])
      await commit(consumer)
      left -= 1
      if left == 0 { break }
    }
    journal.note("away")
    while !isStopping.load(ordering: .relaxed) {
      if getppid() != parent { exit(1) }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private var configuration: ConsumerConfiguration {
    var configuration = ConsumerConfiguration(
      bootstrapServers: [options["bootstrap"] ?? "localhost:9092"], groupID: options["group"])
    configuration.clientID = options["client-id"] ?? "worker"
    configuration.groupInstanceID = options["instance"]
    configuration.autoOffsetReset = options["reset"] == "latest" ? .latest : .earliest
    configuration.enableAutoCommit = false
    configuration.fetchMaxWaitMilliseconds = 50
    configuration.metadataMaxAgeMilliseconds = 1_000
    configuration.retryBackoffMilliseconds = 50
    configuration.reconnectBackoffMaxMilliseconds = 100
    configuration.maxPollRecords = options.integer("batch", 50)
    if options["protocol"] == "consumer" {
      configuration.groupProtocol = .consumer
      configuration.groupRemoteAssignor = options["assignor"]
    } else {
      configuration.sessionTimeoutMilliseconds = options.integer("session", 6_000)
      configuration.heartbeatIntervalMilliseconds = options.integer("heartbeat", 200)
      configuration.partitionAssignmentStrategy = [
        Self.assignors[options["assignor"] ?? ""] ?? .range
      ]
    }
    return configuration
  }

  private static let assignors: [String: ConsumerConfiguration.Assignor] = [
    "range": .range, "roundrobin": .roundRobin, "sticky": .sticky,
    "cooperative-sticky": .cooperativeSticky,
  ]

  private func poll(
    _ consumer: Consumer<[UInt8], [UInt8]>
  ) async throws -> [ConsumerRecord<[UInt8], [UInt8]>] {
    do {
      return try await consumer.poll(withinMilliseconds: 50)
    } catch let error as KafkaError where !error.isFatal {
      journal.note("error", text: error.description)
      return []
    }
  }

  private func process(_ records: [ConsumerRecord<[UInt8], [UInt8]>]) {
    let found = Dictionary(grouping: records) { TopicPartition($0.topic, $0.partition) }
    for (place, records) in found {
      journal.note("processed", processed: (place, records.map(\.offset)))
      guard let last = records.last else { continue }
      waiting.withLock { $0[place] = last.offset + 1 }
    }
  }

  private func commit(_ consumer: Consumer<[UInt8], [UInt8]>) async {
    await commit(waiting.withLock { $0 }, consumer)
  }

  private func commit(
    _ wanted: [TopicPartition: Int64], _ consumer: Consumer<[UInt8], [UInt8]>
  ) async {
    if wanted.isEmpty { return }
    journal.note("committing", offsets: wanted)
    do throws(KafkaError) {
      try await consumer.commit(wanted.mapValues { OffsetAndMetadata($0) })
      journal.note("committed", offsets: wanted)
      waiting.withLock { waiting in waiting = waiting.filter { wanted[$0.key] != $0.value } }
    } catch {
      journal.note("refused", offsets: wanted, text: error.description)
    }
  }

  private struct Listener: RebalanceListener {
    let work: GroupWork
    let consumer: Consumer<[UInt8], [UInt8]>

    func partitionsAssigned(_ partitions: [TopicPartition]) async {
      work.journal.note("assigned", places: partitions)
    }

    /// A commit of before may have been refused: members join with another generation while records are dealt with.
    func partitionsRevoked(_ partitions: [TopicPartition]) async {
      let going = Set(partitions)
      await work.commit(work.waiting.withLock { $0.filter { going.contains($0.key) } }, consumer)
      work.gone("revoked", partitions)
    }

    func partitionsLost(_ partitions: [TopicPartition]) async {
      work.gone("lost", partitions)
    }
  }

  private func gone(_ event: String, _ partitions: [TopicPartition]) {
    waiting.withLock { waiting in for partition in partitions { waiting[partition] = nil } }
    journal.note(event, places: partitions)
  }
}
