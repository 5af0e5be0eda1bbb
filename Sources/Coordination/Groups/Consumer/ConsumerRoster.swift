import ActaModel

/// The members of a consumer group, what they subscribe to, and which of them has each partition.
///
/// Every change of what the tables keep goes through `add`, `remove`, `replace` or `update`, which
/// remember it until `drainChanges`: none can be forgotten. `mark` changes only what a restart
/// begins anew.
struct ConsumerRoster: Sendable {
  /// Where a member stands; good until a member comes or goes. Most heartbeats change nothing but a
  /// deadline: a member is looked up once, and read and changed where it lies.
  struct Seat: Sendable {
    fileprivate let index: Int
  }

  private var members: [ConsumerMember] = []
  private var seats: [String: Seat] = [:]
  private var idsByInstance: [String: String] = [:]
  private var nextJoinOrder: Int64 = 0
  private var changed: Set<String> = []
  private var removed: [String] = []

  private(set) var subscriptions = Subscriptions()
  /// Who has each partition, or has yet to give it up.
  private(set) var owners = PartitionOwners()
  /// How many members speak the classic protocol.
  private(set) var classicCount = 0
  /// No member's deadline is before this one; it may be early, because deadlines move without it.
  private(set) var earliestDeadline: Instant?

  init() {}

  /// Members as the tables had them: that is no change, but where they contradict each other.
  init(restoring rows: [MemberRow], settings: GroupSettings, at now: Instant) {
    for row in rows {
      if row.consumer == nil {
        removed.append(row.memberID)
      } else {
        restore(row, settings: settings, at: now)
      }
    }
  }

  private mutating func restore(_ row: MemberRow, settings: GroupSettings, at now: Instant) {
    var member = ConsumerMember(row: row, presence: .init(sessionDeadline: now))
    member.presence.sessionDeadline = now + member.sessionTimeout(settings)
    if member.consumer.state == .unrevokedPartitions, !member.isClassic {
      member.presence.rebalanceDeadline = now + row.rebalanceTimeoutMilliseconds
    }
    share(&member)
    owners.admit(&member)
    if member.row != row { changed.insert(member.id) }
    nextJoinOrder = max(nextJoinOrder, row.joinOrder + 1)
    insert(member)
  }

  // MARK: Who is there

  var count: Int { members.count }
  var isEmpty: Bool { members.isEmpty }
  var unordered: some Collection<ConsumerMember> { members }

  var inJoinOrder: [ConsumerMember] {
    members.sorted { $0.row.joinOrder < $1.row.joinOrder }
  }

  func seat(of id: String) -> Seat? { seats[id] }
  func id(ofInstance instanceID: String) -> String? { idsByInstance[instanceID] }

  subscript(id: String) -> ConsumerMember? { seats[id].map { members[$0.index] } }

  subscript(seat: Seat) -> ConsumerMember {
    _read { yield members[seat.index] }
  }

  // MARK: What the tables keep

  /// Adds a member behind all others, with nothing assigned.
  mutating func add(_ row: MemberRow, at now: Instant) -> Seat {
    precondition(seats[row.memberID] == nil, "member \(row.memberID) joins twice")
    var row = row
    row.joinOrder = nextJoinOrder
    nextJoinOrder += 1
    let deadline = now + row.sessionTimeoutMilliseconds
    var member = ConsumerMember(row: row, presence: .init(sessionDeadline: deadline))
    share(&member)
    changed.insert(member.id)
    return insert(member)
  }

  /// Takes a member out; what it had is free.
  mutating func remove(_ id: String) -> ConsumerMember? {
    guard let member = take(id) else { return nil }
    subscriptions.remove(member.subscription)
    owners.remove(member)
    if members.isEmpty { forgetAll() }
    return member
  }

  /// A static member comes back under another id: with its place, its subscription and its target,
  /// and with nothing assigned.
  mutating func replace(_ oldID: String, with newID: String) -> Seat? {
    guard var member = take(oldID) else { return nil }
    owners.remove(member)
    member.startOver()
    member.row.memberID = newID
    changed.insert(newID)
    return insert(member)
  }

  mutating func update(_ seat: Seat, _ body: (inout ConsumerMember) -> Void) {
    exchange(seat) { member, _ in body(&member) }
  }

  /// Changes a member together with what it owns of the partitions.
  mutating func exchange<Result>(
    _ seat: Seat, _ body: (inout ConsumerMember, inout PartitionOwners) -> Result
  ) -> Result {
    let before = members[seat.index].row
    let result = body(&members[seat.index], &owners)
    note(members[seat.index].deadline)
    guard members[seat.index].row != before else { return result }
    let id = members[seat.index].id
    precondition(id == before.memberID, "a member's id changes by replace only")
    changed.insert(id)
    if before.classic != nil { classicCount -= 1 }
    if members[seat.index].isClassic { classicCount += 1 }
    return result
  }

  mutating func subscribe(_ seat: Seat, to wanted: Subscription) {
    subscriptions.remove(members[seat.index].subscription)
    let kept = subscriptions.add(wanted)
    update(seat) { member in
      member.subscription = kept
      member.consumer.subscribedTopics = kept.names
      member.consumer.subscribedRegex = kept.regex
    }
  }

  mutating func resolvePatterns(_ topics: any TopicLookup) { subscriptions.resolve(topics) }

  var hasChanges: Bool { !changed.isEmpty || !removed.isEmpty }

  /// All rows must be written, whatever the tables hold.
  mutating func markAllChanged() { changed = Set(seats.keys) }

  /// Who was removed, and who is to be written, since the last call.
  mutating func drainChanges() -> (removed: [String], changed: [MemberRow]) {
    defer {
      changed = []
      removed = []
    }
    let rows = changed.compactMap { seats[$0] }.map { self[$0].row }
    return (removed, rows.sorted { $0.joinOrder < $1.joinOrder })
  }

  // MARK: What a restart begins anew

  mutating func mark(_ seat: Seat, _ body: (inout ConsumerMember.Presence) -> Void) {
    body(&members[seat.index].presence)
    note(members[seat.index].deadline)
  }

  /// The members that are late with something, in join order. Makes `earliestDeadline` exact for
  /// the others.
  mutating func due(at now: Instant) -> [ConsumerMember] {
    guard let earliest = earliestDeadline, earliest <= now else { return [] }
    earliestDeadline = nil
    var due: [ConsumerMember] = []
    for member in members {
      if member.deadline <= now { due.append(member) } else { note(member.deadline) }
    }
    return due.sorted { $0.row.joinOrder < $1.row.joinOrder }
  }

  // MARK: Helpers

  /// A member whose subscription and partitions are counted already.
  @discardableResult
  private mutating func insert(_ member: ConsumerMember) -> Seat {
    let seat = Seat(index: members.count)
    members.append(member)
    seats[member.id] = seat
    if let instance = member.row.instanceID { idsByInstance[instance] = member.id }
    if member.isClassic { classicCount += 1 }
    note(member.deadline)
    return seat
  }

  /// Takes a member out, and leaves its subscription and its partitions counted. The last member
  /// gets its seat.
  private mutating func take(_ id: String) -> ConsumerMember? {
    guard let seat = seats.removeValue(forKey: id) else { return nil }
    members.swapAt(seat.index, members.count - 1)
    let member = members.removeLast()
    if seat.index < members.count { seats[members[seat.index].id] = seat }
    if let instance = member.row.instanceID { idsByInstance[instance] = nil }
    if member.isClassic { classicCount -= 1 }
    changed.remove(id)
    removed.append(id)
    return member
  }

  /// Counts the member's subscription, and makes it the list that others have, too.
  private mutating func share(_ member: inout ConsumerMember) {
    member.subscription = subscriptions.add(member.subscription)
    member.consumer.subscribedTopics = member.subscription.names
  }

  private mutating func note(_ deadline: Instant) {
    earliestDeadline = Instant.earlier(earliestDeadline, deadline)
  }

  /// Gives back the memory of the last member: most groups that are empty stay so.
  private mutating func forgetAll() {
    members = []
    seats = [:]
    idsByInstance = [:]
    subscriptions = Subscriptions()
    owners = PartitionOwners()
    earliestDeadline = nil
  }
}
