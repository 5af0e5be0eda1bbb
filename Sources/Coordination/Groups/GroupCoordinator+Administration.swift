import ActaModel

// What administrators ask.
extension GroupCoordinator {
  /// Sorted by group id.
  package func list() -> [GroupListing] {
    let classic = classic.values.map { resident in
      GroupListing(
        groupID: resident.group.name, protocolType: resident.group.row.protocolType ?? "",
        state: resident.group.state, type: .classic)
    }
    let consumer = consumer.values.map { resident in
      GroupListing(
        groupID: resident.group.name, protocolType: "consumer", state: resident.group.state,
        type: .consumer)
    }
    return (classic + consumer).sorted { $0.groupID < $1.groupID }
  }

  /// `nil`: no such group, or one of the other type.
  package func describeClassic(_ groupID: String) -> ClassicGroupDescription? {
    classic[groupID]?.group.description
  }

  package func describeConsumer(_ groupID: String) -> ConsumerGroupDescription? {
    consumer[groupID]?.group.description
  }

  /// The group "" can be deleted if it is there; otherwise its name is invalid.
  package mutating func delete(
    _ groupID: String, by client: ClientIdentity? = nil
  ) -> (error: ErrorCode, effects: Effects) {
    guard let isEmpty = classic[groupID]?.group.isEmpty ?? consumer[groupID]?.group.isEmpty else {
      return (Self.isLegal(groupID) ? .groupIDNotFound : .invalidGroupID, Effects())
    }
    guard isEmpty else { return (.nonEmptyGroup, Effects()) }
    return (.none, remove(groupID, because: "deleted by an administrator", by: client))
  }

  /// Everything the tables should hold now, for the check that they do; sorted by group id.
  package var stored: [StoredGroup] {
    (classic.values.map(\.group.stored) + consumer.values.map(\.group.stored))
      .sorted { $0.group.name < $1.group.name }
  }

  /// Removes a group in which nobody waits.
  mutating func remove(
    _ groupID: String, because reason: String, by client: ClientIdentity? = nil
  ) -> Effects {
    var effects = Effects()
    let generation =
      classic[groupID]?.group.row.generation ?? consumer[groupID]?.group.stored.group.generation
    guard let generation else { return effects }
    classic[groupID] = nil
    consumer[groupID] = nil
    effects.changes.append(.removeGroup(name: groupID))
    effects.events.append(
      GroupEvent(
        group: groupID, kind: .deleted, generation: generation, clientID: client?.clientID,
        clientHost: client?.clientHost, attribution: client?.attribution ?? Attribution(),
        reason: reason))
    return effects
  }
}
