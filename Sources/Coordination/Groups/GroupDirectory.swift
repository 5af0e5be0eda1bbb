import ActaModel

/// All groups by name, each in the table of its kind, and which of them has to be looked at next.
struct GroupDirectory: Sendable {
  /// A group is in one of the two.
  private(set) var classic = GroupTable<ClassicGroup>()
  private(set) var consumer = GroupTable<ConsumerGroup>()
  private var deadlines = DeadlineQueue()

  var count: Int { classic.count + consumer.count }

  var stored: [StoredGroup] { classic.groups.map(\.stored) + consumer.groups.map(\.stored) }

  /// The group that may be of either kind, for questions that both answer.
  subscript(name: String) -> (any CoordinatedGroup)? { classic[name] ?? consumer[name] }

  // MARK: Events

  /// Lets a group see an event; `nil` if there is none of this kind and name.
  mutating func withClassic<Result>(
    _ name: String, _ turn: inout Turn, _ event: (inout ClassicGroup, inout Turn) -> Result
  ) -> Result? {
    guard let (result, alarm) = classic.see(name, &turn, event) else { return nil }
    if let alarm { wake(name, by: alarm) }
    return result
  }

  mutating func withConsumer<Result>(
    _ name: String, _ turn: inout Turn, _ event: (inout ConsumerGroup, inout Turn) -> Result
  ) -> Result? {
    guard let (result, alarm) = turn.show(to: name, { consumer.see(name, &$0, event) }) else {
      return nil
    }
    if let alarm { wake(name, by: alarm) }
    return result
  }

  // MARK: Who is here

  /// Takes in a group that has seen an event already, in place of one of its name.
  mutating func adopt(_ group: ClassicGroup) {
    consumer.remove(group.name)
    if let alarm = classic.put(group) { wake(group.name, by: alarm) }
  }

  mutating func adopt(_ group: ConsumerGroup) {
    classic.remove(group.name)
    if let alarm = consumer.put(group) { wake(group.name, by: alarm) }
  }

  mutating func remove(_ name: String) {
    classic.remove(name)
    consumer.remove(name)
  }

  // MARK: Time

  /// It may be early, never late.
  var nextDeadline: Instant? { deadlines.first?.deadline }

  /// How many deadlines are kept, leftovers included.
  var deadlineEntryCount: Int { deadlines.count }

  /// The groups whose alarm is due, which have none from now on.
  mutating func popDue(at now: Instant) -> [String] {
    var due: [String] = []
    while let entry = deadlines.pop(dueAt: now) {
      if classic.takeAlarm(entry) || consumer.takeAlarm(entry) { due.append(entry.name) }
    }
    return due
  }

  /// The group's alarm has been set to this deadline, which the queue does not know of yet.
  private mutating func wake(_ name: String, by deadline: Instant) {
    deadlines.push(.init(deadline: deadline, name: name))
    // Each alarm that was set anew leaves an entry behind; they must not pile up.
    guard deadlines.count > 2 * count + 1_000 else { return }
    deadlines = DeadlineQueue(classic.alarms + consumer.alarms)
  }
}
