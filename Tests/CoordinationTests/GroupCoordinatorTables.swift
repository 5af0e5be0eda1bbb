import ActaModel
import Testing

/// The group tables, as a dictionary: what a storage makes of changes.
struct GroupTables: Equatable {
  private var groups: [ExactText: StoredGroup] = [:]

  init(_ groups: [StoredGroup] = []) {
    for group in groups { self.groups[ExactText(group.group.name)] = group }
  }

  var stored: [StoredGroup] { groups.values.sorted { $0.group.name < $1.group.name } }
  subscript(name: String) -> StoredGroup? { groups[ExactText(name)] }

  mutating func apply(_ change: GroupChange) {
    switch change {
    case .putGroup(let row):
      groups[ExactText(row.name), default: StoredGroup(group: row)].group = row
    case .removeGroup(let name):
      #expect(
        groups.removeValue(forKey: ExactText(name)) != nil, "\(name) is removed and was not there")
    case .putMember(let row, let group):
      #expect(groups[ExactText(group)] != nil, "a member of \(group), which is not there")
      let isTaken = groups[ExactText(group)]?.members.contains {
        $0.memberID != row.memberID
          && (row.instanceID != nil && $0.instanceID == row.instanceID
            || $0.joinOrder == row.joinOrder)
      }
      #expect(isTaken != true, "\(row.memberID) has another's place")
      groups[ExactText(group)]?.members.removeAll { $0.memberID == row.memberID }
      groups[ExactText(group)]?.members.append(row)
      groups[ExactText(group)]?.members.sort { $0.joinOrder < $1.joinOrder }
    case .removeMember(let id, let group):
      let before = groups[ExactText(group)]?.members.count ?? 0
      groups[ExactText(group)]?.members.removeAll { $0.memberID == id }
      #expect(
        groups[ExactText(group)]?.members.count == before - 1, "\(id) is removed and was not there")
    }
  }
}
