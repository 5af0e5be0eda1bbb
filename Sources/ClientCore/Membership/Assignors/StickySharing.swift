import ActaModel
import Coordination

/// As balanced as it can be, and within that as much as possible as it was. There are two ways to it: where all
/// members have subscribed to the same, quotas say what each may keep; else partitions are moved one by one until
/// no move makes it more balanced.
enum StickySharing {
  static func assign(_ table: SubscriptionTable, isCooperative: Bool) -> [[Int]] {
    let claims = StickyClaims(table, isCooperative: isCooperative)
    var assignment: [[Int]]
    let passing: [Int: Int]
    if claims.areAllSubscribedAlike {
      var sharing = QuotaSharing(table, claims)
      (assignment, passing) = sharing.assign()
    } else {
      var sharing = BalancedSharing(table, claims)
      assignment = sharing.assign()
      passing = isCooperative ? Self.passing(table, assignment) : [:]
    }
    guard isCooperative else { return assignment }
    for (partition, member) in passing { assignment[member].removeAll { $0 == partition } }
    return assignment
  }

  /// Partitions that one member is to have and another has yet, with the one. They are given in the next round,
  /// when the other has let go of them.
  private static func passing(_ table: SubscriptionTable, _ assignment: [[Int]]) -> [Int: Int] {
    var added: [Int: Int] = [:]
    var released: Set<Int> = []
    for (member, assigned) in assignment.enumerated() {
      let owned = Set(table.owned(by: member))
      let assigned = Set(assigned)
      for partition in assigned.subtracting(owned) { added[partition] = member }
      released.formUnion(owned.subtracting(assigned))
    }
    return added.filter { released.contains($0.key) }
  }
}

extension SubscriptionTable {
  /// What a member says that it has, as far as it is there.
  func owned(by member: Int) -> [Int] {
    members[member].subscription.owned.compactMap { index(of: TopicPartition($0.topic, $0.number)) }
  }
}
