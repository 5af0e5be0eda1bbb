import ActaModel
import ClientCore

// What brokers' answers have in common: entries, each with a code and often with a sentence.

extension Dictionary {
  /// From an answer's entries; the first about each thing counts.
  static func telling<Entry>(
    _ entries: some Sequence<Entry>, _ tell: (Entry) -> (Key, Value)
  ) -> Self {
    Self(entries.map(tell), uniquingKeysWith: { first, _ in first })
  }
}

extension Dictionary where Key == TopicPartition {
  /// From an answer's topics and their partitions.
  static func telling<Topic, Entry>(
    _ topics: [Topic], _ name: (Topic) -> String, _ partitions: (Topic) -> [Entry],
    _ number: (Entry) -> Int32, _ tell: (TopicPartition, Entry) -> Value
  ) -> Self {
    .telling(
      topics.flatMap { topic in
        partitions(topic).map { (TopicPartition(name(topic), number($0)), $0) }
      }
    ) { ($0, tell($0, $1)) }
  }
}

extension Result where Failure == ClientFailure {
  static func of(_ code: ErrorCode, _ message: String?, topic: String, _ value: Success) -> Self {
    code == .none
      ? .success(value)
      : .failure(ClientFailure(code, saying: message, of: topic, topic: topic))
  }

  static func of(
    _ code: ErrorCode, _ message: String? = nil, at partition: TopicPartition, _ value: Success
  ) -> Self {
    code == .none
      ? .success(value)
      : .failure(
        ClientFailure(
          code, saying: message, of: "\(partition)", topic: partition.topic,
          partition: partition.partition))
  }

  /// - Parameter name: As a sentence names it: `group billing`.
  static func of(_ code: ErrorCode, _ message: String?, about name: String, _ value: Success)
    -> Self
  {
    code == .none ? .success(value) : .failure(ClientFailure(code, saying: message, of: name))
  }
}

extension Sequence<TopicPartition> {
  /// As requests name partitions: numbers by topic, in order of the names.
  var byTopic: [(topic: String, partitions: [Int32])] {
    Dictionary(grouping: self, by: \.topic).sorted { $0.key < $1.key }
      .map { ($0.key, $0.value.map(\.partition).sorted()) }
  }
}
