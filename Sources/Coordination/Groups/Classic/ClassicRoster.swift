import ActaModel

/// The members of a classic group, and the ids of those that may soon be.
///
/// Every change of what the tables keep goes through `add`, `remove`, `replace` or `update`, which
/// remember it until `drainChanges`: none can be forgotten. `mark` changes only what a restart
/// begins anew.
struct ClassicRoster: Sendable {
  private var members: [String: ClassicMember] = [:]
  private var idsByInstance: [String: String] = [:]
  /// How many members list a protocol.
  private var supporters: [String: Int] = [:]
  private var nextJoinOrder: Int64 = 0
  private var changed: Set<String> = []
  private var removed: Set<String> = []

  /// What members say of themselves and what they are assigned, in bytes of memory.
  private(set) var byteCount = 0
  /// No member's deadline is before this one; it may be early, because deadlines move without it.
  private var earliestMemberDeadline: Instant?
  /// Ids that were given out and have not joined yet.
  var pending = PendingMembers()

  init() {}

  /// Members as the tables had them: that is no change.
  init(restoring profiles: [ClassicMember.Profile], at now: Instant) {
    for profile in profiles {
      insert(ClassicMember(profile: profile, presence: .init(lastContact: now)))
      nextJoinOrder = max(nextJoinOrder, profile.joinOrder + 1)
    }
  }

  // MARK: Who is there

  var count: Int { members.count }
  var isEmpty: Bool { members.isEmpty }
  var unordered: some Collection<ClassicMember> { members.values }

  var inJoinOrder: [ClassicMember] {
    members.values.sorted { $0.profile.joinOrder < $1.profile.joinOrder }
  }

  subscript(id: String) -> ClassicMember? { members[id] }
  /// When the first member or id may be due; it may be early, never late.
  var earliestDeadline: Instant? {
    Instant.earlier(earliestMemberDeadline, pending.earliestDeadline)
  }

  /// Every member waits in JoinGroup, and no id is out under which another may come.
  var haveAllJoined: Bool {
    pending.isEmpty && members.values.allSatisfy { $0.presence.join != nil }
  }

  func contains(_ id: String) -> Bool { members.index(forKey: id) != nil }
  func id(ofInstance instanceID: String) -> String? { idsByInstance[instanceID] }

  /// The time that the slowest member asks to have for rejoining.
  var largestRebalanceTimeout: Int32 {
    members.values.reduce(1) { max($0, $1.profile.rebalanceTimeoutMilliseconds) }
  }

  // MARK: What the tables keep

  /// Adds a member behind all others.
  mutating func add(_ profile: ClassicMember.Profile, presence: ClassicMember.Presence) {
    precondition(!contains(profile.id), "member \(profile.id) joins twice")
    var profile = profile
    profile.joinOrder = nextJoinOrder
    nextJoinOrder += 1
    insert(ClassicMember(profile: profile, presence: presence))
    changed.insert(profile.id)
  }

  /// Removes a member, whose waiting requests are then the caller's to answer.
  mutating func remove(_ id: String) -> ClassicMember? {
    guard let member = members.removeValue(forKey: id) else { return nil }
    if let instanceID = member.profile.instanceID { idsByInstance[instanceID] = nil }
    countProtocols(of: member, by: -1)
    changed.remove(id)
    removed.insert(id)
    return member
  }

  /// Gives a static member another id; its place, its assignment and its instance id stay.
  mutating func replace(_ oldID: String, with newID: String) {
    guard var member = remove(oldID) else { return }
    member.profile.id = newID
    insert(member)
    changed.insert(newID)
  }

  mutating func update(_ id: String, _ body: (inout ClassicMember.Profile) -> Void) {
    guard var member = members[id] else { return }
    let old = member
    body(&member.profile)
    precondition(member.profile.id == id, "a member's id changes by replace only")
    guard member.profile != old.profile else { return }
    countProtocols(of: old, by: -1)
    countProtocols(of: member, by: 1)
    members[id] = member
    note(member.deadline)
    changed.insert(id)
  }

  /// Who was removed, and who is to be written, since the last call.
  mutating func drainChanges() -> (removed: [String], changed: [ClassicMember.Profile])? {
    guard !changed.isEmpty || !removed.isEmpty else { return nil }
    defer {
      changed = []
      removed = []
    }
    let profiles = changed.compactMap { members[$0]?.profile }
    return (removed.sorted(), profiles.sorted { $0.joinOrder < $1.joinOrder })
  }

  // MARK: What a restart begins anew

  /// False if there is no such member.
  @discardableResult
  mutating func mark(_ id: String, _ body: (inout ClassicMember.Presence) -> Void) -> Bool {
    guard let index = members.index(forKey: id) else { return false }
    body(&members.values[index].presence)
    note(members.values[index].deadline)
    return true
  }

  /// The members whose deadline has come, in join order. Makes the earliest deadline exact for
  /// the others.
  mutating func due(at now: Instant) -> [ClassicMember] {
    guard let earliest = earliestMemberDeadline, earliest <= now else { return [] }
    earliestMemberDeadline = nil
    var due: [ClassicMember] = []
    for member in members.values {
      guard let deadline = member.deadline else { continue }
      if deadline <= now { due.append(member) } else { note(deadline) }
    }
    return due.sorted { $0.profile.joinOrder < $1.profile.joinOrder }
  }

  // MARK: Protocols

  /// Whether one of the protocols is listed by every member. As in Kafka, what a member listed before
  /// counts until it is let in again: it changes its protocols by way of a list that has both.
  func supports(_ protocols: [GroupProtocol]) -> Bool {
    protocols.contains { supporters[$0.name, default: 0] == members.count }
  }

  /// Every member votes for the first in its list that all members list; among equals, the one that
  /// was voted for first, in join order.
  func chosenProtocol() -> String? {
    var votes: [(name: String, count: Int)] = []
    for member in inJoinOrder {
      let vote = member.profile.protocols.first { supporters[$0.name] == members.count }
      guard let name = vote?.name else { continue }
      if let index = votes.firstIndex(where: { $0.name == name }) {
        votes[index].count += 1
      } else {
        votes.append((name, 1))
      }
    }
    // Only rows that a person has edited can leave the members without a common protocol.
    guard let most = votes.map(\.count).max() else {
      return inJoinOrder.first?.profile.protocols.first?.name
    }
    return votes.first { $0.count == most }?.name
  }

  // MARK: Helpers

  private mutating func insert(_ member: ClassicMember) {
    if let instanceID = member.profile.instanceID { idsByInstance[instanceID] = member.id }
    countProtocols(of: member, by: 1)
    members[member.id] = member
    note(member.deadline)
  }

  private mutating func countProtocols(of member: ClassicMember, by step: Int) {
    byteCount += step * member.profile.byteCount
    for name in Set(member.profile.protocols.map(\.name)) {
      let count = supporters[name, default: 0] + step
      supporters[name] = count == 0 ? nil : count
    }
  }

  private mutating func note(_ deadline: Instant?) {
    earliestMemberDeadline = Instant.earlier(earliestMemberDeadline, deadline)
  }
}
