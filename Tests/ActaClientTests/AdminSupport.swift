import ActaClient
import ActaNode
import Synchronization

/// A node and an administrator of it.
struct AdministeredNode {
  let broker: ListeningNode
  let admin: Admin

  init(_ settings: [String: String] = [:]) throws {
    broker = try ListeningNode(settings)
    admin = try broker.admin()
  }

  func close() async throws {
    await admin.close()
    try await broker.node.shutdown()
  }

  /// Makes a topic that must not be there yet.
  func create(_ topic: NewTopic) async throws {
    _ = try await admin.createTopics([topic])[topic.name]?.get()
  }

  /// Sends records with these timestamps to partition 0.
  func produce(to topic: String, timestamps: some Sequence<Int64>) async throws {
    let producer = try broker.producer()
    for timestamp in timestamps {
      try await producer.enqueue(
        ProducerRecord(
          topic: topic, partition: 0, key: nil, value: "\(timestamp)", timestamp: timestamp))
    }
    await producer.close()
  }
}

extension Result {
  var failure: Failure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}

/// Counts from 0, whoever asks.
final class Counter: Sendable {
  private let count = Atomic(0)

  func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}
