import ActaClient
import ActaNode

/// A node in memory that listens on a port of the system's choosing.
struct ListeningNode {
  let node: ActaNode
  let address: String

  init(_ settings: [String: String] = [:]) throws {
    var all = ["listeners": "PLAINTEXT://127.0.0.1:0", "group.initial.rebalance.delay.ms": "0"]
    all.merge(settings) { $1 }
    node = try ActaNode(.memory, settings: all, listening: true)
    guard let port = node.ports.values.first else { throw NodeDoesNotListen() }
    address = "127.0.0.1:\(port)"
  }

  /// With members of the consumer protocol that are told of changes within a second.
  init(beatingOften settings: [String: String]) throws {
    var all = [
      "group.consumer.heartbeat.interval.ms": "1000",
      "group.consumer.min.heartbeat.interval.ms": "100",
    ]
    all.merge(settings) { $1 }
    try self.init(all)
  }

  struct NodeDoesNotListen: Error {}

  var producerConfiguration: ProducerConfiguration {
    ProducerConfiguration(bootstrapServers: [address])
  }

  func producer(
    _ change: (inout ProducerConfiguration) -> Void = { _ in }
  ) throws -> Producer<String, String> {
    var configuration = producerConfiguration
    change(&configuration)
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    return producer
  }

  func consumer(
    _ change: (inout ConsumerConfiguration) -> Void = { _ in }
  ) throws -> Consumer<String, String> {
    var configuration = ConsumerConfiguration(bootstrapServers: [address])
    configuration.autoOffsetReset = .earliest
    change(&configuration)
    let consumer = try Consumer(
      configuration, key: StringDeserializer(), value: StringDeserializer())
    try consumer.start()
    return consumer
  }

  func admin(_ change: (inout AdminConfiguration) -> Void = { _ in }) throws -> Admin {
    var configuration = AdminConfiguration(bootstrapServers: [address])
    change(&configuration)
    let admin = try Admin(configuration)
    try admin.start()
    return admin
  }

  /// Sends numbers to the topic `t`, to its partitions in turn.
  func produce(_ values: Range<Int>) async throws {
    let producer = try producer { $0.partitioner = .roundRobin }
    for value in values {
      try await producer.enqueue(ProducerRecord(topic: "t", key: nil, value: "\(value)"))
    }
    await producer.close()
  }

  /// How many the group `billing` has; -1 if there is none.
  func members() async throws -> Int {
    let admin = try admin()
    let found = try await admin.describeGroups(["billing"])["billing"]?.get().members.count
    await admin.close()
    return found ?? -1
  }
}

extension Consumer {
  /// Takes so many records.
  func take(_ count: Int) async throws -> [ConsumerRecord<Key, Value>] {
    var taken: [ConsumerRecord<Key, Value>] = []
    while taken.count < count {
      let records = try await poll(withinMilliseconds: 20_000)
      if records.isEmpty { break }
      taken += records
    }
    return taken
  }
}
