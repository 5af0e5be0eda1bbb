import ActaModel
import Coordination

/// Topics that a test makes up. A pattern is a prefix followed by `.*`; `[` is not valid.
struct FakeTopics: TopicLookup {
  private(set) var version: UInt64 = 1
  private var shapes: [String: TopicShape] = [:]
  private var nextID: UInt64 = 1

  init(_ counts: KeyValuePairs<String, Int32> = [:]) {
    for (name, count) in counts { create(name, count) }
  }

  mutating func create(_ name: String, _ count: Int32) {
    shapes[name] = TopicShape(
      id: TopicID(high: 7, low: nextID), name: name, partitionCount: count)
    nextID += 1
    version += 1
  }

  mutating func grow(_ name: String, to count: Int32) {
    shapes[name] = TopicShape(id: id(name), name: name, partitionCount: count)
    version += 1
  }

  mutating func delete(_ name: String) {
    shapes[name] = nil
    version += 1
  }

  var names: [String] { shapes.keys.sorted() }
  func id(_ name: String) -> TopicID { shapes[name]!.id }
  func topic(named name: String) -> TopicShape? { shapes[name] }
  func topic(id: TopicID) -> TopicShape? { shapes.values.first { $0.id == id } }

  func names(matching pattern: String) -> [String]? {
    if pattern == "[" { return nil }
    let prefix = pattern.hasSuffix(".*") ? String(pattern.dropLast(2)) : pattern
    return names.filter { pattern.hasSuffix(".*") ? $0.hasPrefix(prefix) : $0 == pattern }
  }
}

/// The group tables: what the changes of a coordinator come to when they are applied in order.
struct FakeTables {
  private(set) var group: GroupRow?
  private var members: [String: MemberRow] = [:]

  mutating func apply(_ changes: [GroupChange]) {
    for change in changes {
      switch change {
      case .putGroup(let row): group = row
      case .removeGroup:
        group = nil
        members = [:]
      case .putMember(let row, _):
        precondition(group != nil, "a member's row before its group's")
        members[row.memberID] = row
      case .removeMember(let id, _):
        precondition(members.removeValue(forKey: id) != nil, "no row of \(id) to remove")
      }
    }
  }

  var stored: StoredGroup? {
    group.map {
      StoredGroup(group: $0, members: members.values.sorted { $0.joinOrder < $1.joinOrder })
    }
  }
}
