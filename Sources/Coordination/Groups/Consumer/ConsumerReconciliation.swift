import ActaModel

/// One step of a member from what it has to its target, as far as what it owns, and what others own,
/// permits (KIP-848):
///
/// 1. What its target lacks is taken from the member, which must confirm that it gave it up.
/// 2. Once it has, these partitions are free.
/// 3. The member reaches the epoch of the target, and gets what of it is free.
struct ConsumerReconciliation {
  /// The epoch of the target.
  let epoch: Int32
  /// What the member says that it owns now; `nil` if it does not say.
  let owned: [TopicID: Set<Int32>]?
  let now: Instant

  /// Returns whether the member is assigned other partitions than before.
  func advance(_ member: inout ConsumerMember, _ owners: inout PartitionOwners) -> Bool {
    let before = member.consumer.assigned
    if member.consumer.state == .unrevokedPartitions {
      // Only what the client says that it owns confirms that it gave something up.
      guard let owned, !Self.overlap(owned, member.consumer.revoking) else { return false }
      owners.release(member.consumer.revoking, by: member)
      member.consumer.revoking = [:]
      member.presence.rebalanceDeadline = nil
    }
    if !revoke(from: &member, &owners) { grant(to: &member, &owners) }
    return Self.differ(before, member.consumer.assigned)
  }

  /// Returns whether the member must confirm what it is to give up; a client that says that it owns
  /// none of it has done so.
  private func revoke(
    from member: inout ConsumerMember, _ owners: inout PartitionOwners
  ) -> Bool {
    let surplus = Self.surplus(of: member.consumer)
    if surplus.isEmpty { return false }
    for (topic, numbers) in surplus {
      for number in numbers { member.consumer.assigned[topic]?[number] = nil }
      if member.consumer.assigned[topic]?.isEmpty == true { member.consumer.assigned[topic] = nil }
    }
    if let owned, !Self.overlap(owned, surplus) {
      owners.release(surplus, by: member)
      return false
    }
    member.consumer.revoking = surplus
    if !member.isClassic {
      member.presence.rebalanceDeadline = now + member.row.rebalanceTimeoutMilliseconds
    }
    member.move(to: .unrevokedPartitions, epoch: member.consumer.epoch)
    return true
  }

  private func grant(to member: inout ConsumerMember, _ owners: inout PartitionOwners) {
    var isComplete = true
    var isChanged = false
    for (topic, numbers) in member.consumer.target {
      for number in numbers where member.consumer.assigned[topic]?[number] == nil {
        guard owners.isFree(topic, number) else {
          isComplete = false
          continue
        }
        owners.take(topic, number, by: member)
        member.consumer.assigned[topic, default: [:]][number] = epoch
        isChanged = true
      }
    }
    let state: MemberRow.ConsumerPart.State = isComplete ? .stable : .unreleasedPartitions
    if isChanged || state != member.consumer.state || member.consumer.epoch != epoch {
      member.move(to: state, epoch: epoch)
    }
  }

  // MARK: Sets of partitions

  private static func differ(
    _ left: [TopicID: [Int32: Int32]], _ right: [TopicID: [Int32: Int32]]
  ) -> Bool {
    left.count != right.count
      || left.contains { topic, numbers in right[topic]?.keys != numbers.keys }
  }

  /// What the member has and is not to have.
  private static func surplus(of part: MemberRow.ConsumerPart) -> [TopicID: Set<Int32>] {
    var surplus: [TopicID: Set<Int32>] = [:]
    for (topic, numbers) in part.assigned {
      let target = part.target[topic]
      for number in numbers.keys where target?.contains(number) != true {
        surplus[topic, default: []].insert(number)
      }
    }
    return surplus
  }

  private static func overlap(
    _ left: [TopicID: Set<Int32>], _ right: [TopicID: Set<Int32>]
  ) -> Bool {
    right.contains { topic, numbers in left[topic]?.isDisjoint(with: numbers) == false }
  }
}

extension ConsumerMember {
  /// Whether the member has all of its target, at the epoch of the target.
  func isReconciled(at epoch: Int32) -> Bool {
    consumer.state == .stable && consumer.epoch == epoch
  }

  /// Whether what the member waits for is free, all of it.
  func isTargetFree(_ owners: PartitionOwners) -> Bool {
    consumer.target.allSatisfy { topic, numbers in
      numbers.allSatisfy { consumer.assigned[topic]?[$0] != nil || owners.isFree(topic, $0) }
    }
  }

  /// Whether the member was told a heartbeat interval ago to give something up, and has not. The
  /// answer that said so may be lost, which not every client notices: it is told again, or those
  /// partitions would be idle until its rebalance timeout (librdkafka's is five minutes).
  func isRevocationOverdue(_ turn: Turn) -> Bool {
    guard consumer.state == .unrevokedPartitions, let deadline = presence.rebalanceDeadline
    else { return false }
    let interval = turn.settings.consumerHeartbeatInterval
    return deadline <= turn.now + (row.rebalanceTimeoutMilliseconds - interval)
  }
}
