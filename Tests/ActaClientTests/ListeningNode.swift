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
