import ActaModel

/// All groups of the broker by name: what they are asked, what they keep, and when they must be
/// looked at.
///
/// It routes each request to the group's state machine (`ClassicGroup` or `ConsumerGroup`), makes
/// groups when a first member or a first offset comes, and removes them. It knows no wire versions,
/// no clock and no tables: what must be written comes back as `Effects`.
///
/// A group id that is empty or has a zero byte in it is INVALID_GROUP_ID. Only a commit without
/// generation may be for the group "", as in Kafka, where the first consumers had no other.
/// Where there are `maxGroups` already, what would make one more is answered POLICY_VIOLATION:
/// there is no code for it in Kafka, and this one is neither retried nor taken for a full group.
/// Where the members of all groups say `maxMetadataBytes` of themselves, one that says more than
/// 16 KiB is GROUP_MAX_SIZE_REACHED.
package struct GroupCoordinator: Sendable {
  /// What the configuration says as of the turn that is being had; set by whoever gives the turn.
  package var settings: GroupSettings

  /// A group is in one of the two.
  var classic = GroupTable<ClassicGroup>()
  var consumer = GroupTable<ConsumerGroup>()
  private var deadlines = DeadlineQueue()

  package init(settings: GroupSettings) { self.settings = settings }

  /// A group, and the entry in `deadlines` that counts for it.
  struct Resident<Group: Sendable>: Sendable {
    var group: Group
    var alarm: Instant?

    /// Runs an event that returns the group's deadline with its result. If that is before the alarm
    /// it becomes the alarm, and is returned.
    mutating func see<Result>(
      _ event: (inout Group) -> (result: Result, deadline: Instant?)
    ) -> (result: Result, early: Instant?) {
      let (result, deadline) = event(&group)
      guard let deadline else { return (result, nil) }
      if let alarm, alarm <= deadline { return (result, nil) }
      alarm = deadline
      return (result, deadline)
    }
  }

  /// Takes what the tables hold. With `keepingEqual`, a group whose rows say what it is already keeps
  /// its waiting requests and deadlines; all others begin anew, and requests that waited in them are
  /// answered COORDINATOR_NOT_AVAILABLE.
  package mutating func restore(
    _ groups: [StoredGroup], keepingEqual: Bool, at now: Instant
  ) -> Effects {
    var turn = Turn(at: now, settings: settings)
    let former = self
    var abandoned = classic
    self = GroupCoordinator(settings: settings)
    for stored in groups {
      let name = stored.group.name
      switch stored.group.type {
      case .classic:
        if keepingEqual, let same = former.classic[name], same.group.stored == stored {
          abandoned[name] = nil
          adopt(same.group)
        } else {
          adopt(ClassicGroup(restoring: stored, at: now))
        }
      case .consumer:
        if keepingEqual, let same = former.consumer[name], same.group.stored == stored {
          adopt(same.group)
        } else {
          adopt(ConsumerGroup(restoring: stored, settings: settings, at: now))
        }
      }
    }
    for resident in abandoned.values { resident.group.abandon(turn: &turn) }
    return turn.effects
  }

  // MARK: Time

  /// When to call `tick` next, if nothing else happens before; it may be early, never late.
  package var nextDeadline: Instant? { deadlines.first?.deadline }

  /// How many deadlines are kept, leftovers included.
  var deadlineEntryCount: Int { deadlines.count }

  package mutating func tick(topics: some TopicLookup, at now: Instant) -> Effects {
    var turn = Turn(at: now, settings: settings)
    var due: [DeadlineQueue.Entry] = []
    while let entry = deadlines.pop(dueAt: now) { due.append(entry) }
    for entry in due {
      if classic[entry.group]?.alarm == entry.deadline {
        classic[entry.group]?.alarm = nil
        withClassic(entry.group, &turn) { $0.tick(turn: &$1) }
      } else if consumer[entry.group]?.alarm == entry.deadline {
        consumer[entry.group]?.alarm = nil
        withConsumer(entry.group, &turn) {
          $0.tick(topics: topics, settings: $1.settings, at: $1.now, effects: &$1.effects)
        }
      }
    }
    return turn.effects
  }

  // MARK: Groups

  var count: Int { classic.count + consumer.count }

  /// Lets a group see an event, and takes notice of what has come of it; `nil` if it is not there.
  /// The group is changed where it lies: a copy of one with 500 members would cost more than all
  /// else.
  @discardableResult
  mutating func withClassic<Result>(
    _ name: String, _ turn: inout Turn, _ body: (inout ClassicGroup, inout Turn) -> Result
  ) -> Result? {
    guard let index = classic.index(of: name) else { return nil }
    let (result, early) = classic.values[index].see { group in
      let result = body(&group, &turn)
      group.settle(&turn)
      return (result, group.nextDeadline)
    }
    if let early { wake(name, by: early) }
    return result
  }

  @discardableResult
  mutating func withConsumer<Result>(
    _ name: String, _ turn: inout Turn, _ body: (inout ConsumerGroup, inout Turn) -> Result
  ) -> Result? {
    guard let index = consumer.index(of: name) else { return nil }
    let (result, early) = consumer.values[index].see { group in
      let result = body(&group, &turn)
      return (result, group.nextDeadline)
    }
    if consumer.values[index].group.isDowngradeDue(turn.settings) {
      downgrade(consumer.values[index].group, turn: &turn)
    } else if let early {
      wake(name, by: early)
    }
    return result
  }

  /// Takes in a group that has seen an event already, in place of one of its name.
  mutating func adopt(_ group: ClassicGroup) {
    consumer[group.name] = nil
    classic[group.name] = Resident(group: group, alarm: group.nextDeadline)
    if let deadline = group.nextDeadline { wake(group.name, by: deadline) }
  }

  mutating func adopt(_ group: ConsumerGroup) {
    classic[group.name] = nil
    consumer[group.name] = Resident(group: group, alarm: group.nextDeadline)
    if let deadline = group.nextDeadline { wake(group.name, by: deadline) }
  }

  /// The group's alarm has been set to this deadline, which the queue does not know of yet.
  private mutating func wake(_ name: String, by deadline: Instant) {
    deadlines.push(.init(deadline: deadline, group: name))
    // Each alarm that was set anew leaves an entry behind; they must not pile up.
    guard deadlines.count > 2 * count + 1_000 else { return }
    let alarms =
      classic.values.map { ($0.group.name, $0.alarm) }
      + consumer.values.map { ($0.group.name, $0.alarm) }
    deadlines = DeadlineQueue(
      alarms.compactMap { name, alarm in alarm.map { .init(deadline: $0, group: name) } })
  }
}
