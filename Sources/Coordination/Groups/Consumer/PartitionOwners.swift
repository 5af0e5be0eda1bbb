import ActaModel

/// Which member has each partition, or has yet to confirm that it gave it up. A partition has one
/// owner at most; that is what everything else about consumer groups is for.
///
/// Members stand here by their join order, which a static member keeps when it comes back under
/// another member id.
struct PartitionOwners: Sendable {
  private var owners: [TopicID: [Int32: Int64]] = [:]

  func isFree(_ topic: TopicID, _ partition: Int32) -> Bool {
    owners[topic]?[partition] == nil
  }

  mutating func take(_ topic: TopicID, _ partition: Int32, by member: ConsumerMember) {
    let former = owners[topic, default: [:]].updateValue(member.row.joinOrder, forKey: partition)
    precondition(former == nil, "partition \(partition) of \(topic) would have two owners")
  }

  mutating func release(_ topic: TopicID, _ partition: Int32, by member: ConsumerMember) {
    let former = owners[topic]?.removeValue(forKey: partition)
    precondition(former == member.row.joinOrder, "partition \(partition) was not the member's")
    if owners[topic]?.isEmpty == true { owners[topic] = nil }
  }

  mutating func release(_ partitions: [TopicID: Set<Int32>], by member: ConsumerMember) {
    for (topic, numbers) in partitions {
      for number in numbers { release(topic, number, by: member) }
    }
  }

  /// Adds a member as the tables have it, and takes from it what another has already: a person who
  /// edits the tables must not be able to give a partition to two members.
  mutating func admit(_ member: inout ConsumerMember) {
    for (topic, numbers) in member.consumer.assigned {
      for number in numbers.keys where !admit(topic, number, by: member) {
        member.consumer.assigned[topic]?[number] = nil
      }
      if member.consumer.assigned[topic]?.isEmpty == true { member.consumer.assigned[topic] = nil }
    }
    for (topic, numbers) in member.consumer.revoking {
      for number in numbers where !admit(topic, number, by: member) {
        member.consumer.revoking[topic]?.remove(number)
      }
      if member.consumer.revoking[topic]?.isEmpty == true { member.consumer.revoking[topic] = nil }
    }
  }

  private mutating func admit(
    _ topic: TopicID, _ partition: Int32, by member: ConsumerMember
  ) -> Bool {
    guard isFree(topic, partition) else { return false }
    take(topic, partition, by: member)
    return true
  }

  mutating func remove(_ member: ConsumerMember) {
    for (topic, numbers) in member.consumer.assigned {
      for number in numbers.keys { release(topic, number, by: member) }
    }
    release(member.consumer.revoking, by: member)
  }
}
