import ActaModel

/// Groups of one kind by name, each with the deadline that it is to be looked at. Names are told
/// apart byte by byte, as the tables do.
struct GroupTable<Group: CoordinatedGroup>: Sendable {
  private struct Resident: Sendable {
    var group: Group
    /// The entry in the queue of deadlines that counts for this group.
    var alarm: Instant?

    /// If the group's deadline is before the alarm it becomes the alarm, and is returned.
    mutating func see<Result>(
      _ turn: inout Turn, _ event: (inout Group, inout Turn) -> Result
    ) -> (result: Result, alarm: Instant?) {
      let result = event(&group, &turn)
      group.settle(&turn)
      guard let deadline = group.nextDeadline else { return (result, nil) }
      if let alarm, alarm <= deadline { return (result, nil) }
      alarm = deadline
      return (result, deadline)
    }
  }

  private var residents: [ExactText: Resident] = [:]

  var count: Int { residents.count }
  var groups: some Collection<Group> { residents.values.lazy.map(\.group) }

  subscript(name: String) -> Group? { residents[ExactText(name)]?.group }

  var alarms: [DeadlineQueue.Entry] {
    residents.values.compactMap { resident in
      resident.alarm.map { .init(deadline: $0, name: resident.group.name) }
    }
  }

  /// Lets a group see an event; `nil` if it is not there. Also returns its alarm if that is earlier
  /// than before. The group is changed where it lies: a copy of one with 500 members would cost more
  /// than all else.
  mutating func see<Result>(
    _ name: String, _ turn: inout Turn, _ event: (inout Group, inout Turn) -> Result
  ) -> (result: Result, alarm: Instant?)? {
    guard let index = residents.index(forKey: ExactText(name)) else { return nil }
    return residents.values[index].see(&turn, event)
  }

  /// Takes in a group that has seen an event already; returns its alarm.
  mutating func put(_ group: Group) -> Instant? {
    let alarm = group.nextDeadline
    residents[ExactText(group.name)] = Resident(group: group, alarm: alarm)
    return alarm
  }

  /// False if there was none.
  @discardableResult
  mutating func remove(_ name: String) -> Bool {
    residents.removeValue(forKey: ExactText(name)) != nil
  }

  /// True if this entry was the group's alarm; it has none then.
  mutating func takeAlarm(_ entry: DeadlineQueue.Entry) -> Bool {
    guard let index = residents.index(forKey: ExactText(entry.name)),
      residents.values[index].alarm == entry.deadline
    else { return false }
    residents.values[index].alarm = nil
    return true
  }
}
