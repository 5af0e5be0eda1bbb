import ActaModel

/// Where the replicas of a partition are to be, as CreateTopics and CreatePartitions may say it. One
/// node can honour only what names it alone.
enum ReplicaAssignment {
  /// In Kafka's order and words.
  static func check(_ brokers: [Int32], onlyBroker present: Int32) throws(ProtocolError) {
    guard !brokers.isEmpty else {
      throw refusal("includes an empty replica list.")
    }
    var seen: Set<Int32> = []
    for broker in brokers.sorted() {
      guard broker >= 0 else {
        throw refusal("includes an invalid negative broker id: \(broker).")
      }
      guard broker == present else {
        throw refusal("includes broker \(broker), but no such broker is registered.")
      }
      guard seen.insert(broker).inserted else {
        throw refusal("includes the broker \(broker) more than once.")
      }
    }
  }

  private static func refusal(_ reason: String) -> ProtocolError {
    ProtocolError(.invalidReplicaAssignment, "The manual partition assignment \(reason)")
  }
}
