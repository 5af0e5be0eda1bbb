import ActaModel
import LogStorage

/// Groups and their positions.
extension ScriptedTables {
  mutating func apply(_ change: GroupChange, at now: Int64) throws(StoreError) {
    switch change {
    case .putGroup(let row): put(row, at: now)
    case .removeGroup(let name):
      if let index = index(ofGroup: name) { groups.remove(at: index) }
      dropHeld { ExactText($0.group) == ExactText(name) }
    case .putMember(let row, let group): try put(row, at: index(of: group))
    case .removeMember(let memberID, let group):
      guard let index = index(ofGroup: group) else { return }
      groups[index].stored.members.removeAll { ExactText($0.memberID) == ExactText(memberID) }
    }
  }

  private mutating func put(_ row: GroupRow, at now: Int64) {
    guard let index = index(ofGroup: row.name) else {
      groups.append(Group(stored: StoredGroup(group: row), stateChanged: now))
      return
    }
    if groups[index].stored.group.state != row.state { groups[index].stateChanged = now }
    groups[index].stored.group = row
  }

  private mutating func put(_ row: MemberRow, at index: Int) {
    let members = groups[index].stored.members
    if let known = members.firstIndex(where: { ExactText($0.memberID) == ExactText(row.memberID) })
    {
      groups[index].stored.members[known] = row
    } else {
      groups[index].stored.members.append(row)
    }
    groups[index].stored.members.sort { $0.joinOrder < $1.joinOrder }
  }

  /// The group's row must be there.
  private func index(of group: String) throws(StoreError) -> Int {
    guard let index = index(ofGroup: group) else { throw .refused("there is no group \(group)") }
    return index
  }

  mutating func commit(_ commits: [OffsetCommit], of group: String, at now: Int64)
    throws(StoreError)
  {
    if commits.isEmpty { return }
    let index = try index(of: group)
    for commit in commits {
      groups[index].positions[commit.partition] = StoredPosition(
        partition: commit.partition, offset: commit.offset, leaderEpoch: commit.leaderEpoch,
        metadata: commit.metadata, committedAt: now, expiresAt: commit.expiresAt)
    }
  }

  mutating func forget(_ partitions: [PartitionID], of group: String) -> [Bool] {
    guard let index = index(ofGroup: group) else { return partitions.map { _ in false } }
    dropHeld {
      ExactText($0.group) == ExactText(group) && partitions.contains($0.commit.partition)
    }
    return partitions.map { groups[index].positions.removeValue(forKey: $0) != nil }
  }

  /// Of whole batches only: here it is enough to know who loses by what.
  mutating func noteLosses(
    of partition: PartitionID, from start: Offset, to end: Offset, _ pass: TrimPass
  ) {
    for group in groups {
      guard let position = group.positions[partition], position.offset < end.value else { continue }
      let lost = end.value - max(position.offset, start.value)
      losses[pass, default: [:]][group.stored.group.name, default: 0] += lost
    }
  }

  mutating func forgetPositions(in partitions: [PartitionID]) {
    dropHeld { partitions.contains($0.commit.partition) }
    for index in groups.indices {
      for partition in partitions { groups[index].positions[partition] = nil }
    }
  }
}
