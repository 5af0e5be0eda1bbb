import ActaModel

extension ConsumerGroup {
  /// Whether the member has all of its target, at the epoch of the target.
  func isReconciled(_ member: ConsumerMember) -> Bool {
    member.consumer.state == .stable && member.consumer.epoch == row.assignmentEpoch
  }

  /// Leads a member towards its target as far as what it owns, and what others own, permits.
  /// Returns whether it is assigned other partitions than before.
  mutating func reconcile(
    _ id: String, owned: [TopicID: Set<Int32>]?, at now: Instant
  ) -> Bool {
    let index = members.index(forKey: id)!
    if isReconciled(members.values[index]) { return false }
    let before = members.values[index].consumer.assigned
    var member = members.values[index]
    if member.consumer.state == .unrevokedPartitions {
      // Step 2: only what the client says that it owns confirms that it gave something up.
      guard let owned, !Self.overlap(owned, member.consumer.revoking) else { return false }
      owners.release(member.consumer.revoking, by: member)
      member.consumer.revoking = [:]
      member.rebalanceDeadline = nil
    }
    if !revoke(from: &member, owned: owned, at: now) { grant(to: &member) }
    change(id) { $0 = member }
    noteTimeouts(of: member)
    return Self.differ(before, member.consumer.assigned)
  }

  private static func differ(
    _ left: [TopicID: [Int32: Int32]], _ right: [TopicID: [Int32: Int32]]
  ) -> Bool {
    left.count != right.count
      || left.contains { topic, numbers in right[topic]?.keys != numbers.keys }
  }

  /// Step 1: takes from the member what its target lacks. Returns whether the member must confirm
  /// it; a client that says that it owns none of it has done so.
  private mutating func revoke(
    from member: inout ConsumerMember, owned: [TopicID: Set<Int32>]?, at now: Instant
  ) -> Bool {
    let surplus = Self.surplus(of: member.consumer)
    if surplus.isEmpty { return false }
    for (topic, numbers) in surplus {
      for number in numbers { member.consumer.assigned[topic]![number] = nil }
      if member.consumer.assigned[topic]!.isEmpty { member.consumer.assigned[topic] = nil }
    }
    if let owned, !Self.overlap(owned, surplus) {
      owners.release(surplus, by: member)
      return false
    }
    member.consumer.revoking = surplus
    if !member.isClassic {
      member.rebalanceDeadline = now + member.row.rebalanceTimeoutMilliseconds
    }
    member.move(to: .unrevokedPartitions, epoch: member.consumer.epoch)
    return true
  }

  /// Step 3: the member reaches the epoch of the target, and gets what of it nobody has.
  private mutating func grant(to member: inout ConsumerMember) {
    var isComplete = true
    var isChanged = false
    for (topic, numbers) in member.consumer.target {
      for number in numbers where member.consumer.assigned[topic]?[number] == nil {
        guard owners.isFree(topic, number) else {
          isComplete = false
          continue
        }
        owners.take(topic, number, by: member)
        member.consumer.assigned[topic, default: [:]][number] = row.assignmentEpoch
        isChanged = true
      }
    }
    let state: MemberRow.ConsumerPart.State = isComplete ? .stable : .unreleasedPartitions
    if isChanged || state != member.consumer.state || member.consumer.epoch != row.assignmentEpoch {
      member.move(to: state, epoch: row.assignmentEpoch)
    }
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
