import ActaModel

// The members of a consumer group that speak the classic protocol: who may come in by JoinGroup, who
// is there already, and how long they may take.
extension ConsumerRoster {
  /// Why a JoinGroup is refused.
  func objection(to request: JoinRequest, _ settings: GroupSettings) -> ErrorCode? {
    let id = request.memberID
    guard ConsumerValidation.isFit(id) else { return .unknownMemberID }
    let seat = seat(of: id)
    if let seat, !self[seat].isClassic { return .unknownMemberID }
    if !id.isEmpty, let error = objection(to: id, instanceID: request.instanceID) { return error }
    let twin = request.instanceID.flatMap { self.id(ofInstance: $0) }
    if seat == nil, twin == nil, count >= settings.consumerMaxSize { return .groupMaxSizeReached }
    return isSupported(request.protocols) ? nil : .inconsistentGroupProtocol
  }

  /// A member that names an instance id is the one that has it. A member id that is not known may
  /// join: it may have been given out before the group was converted.
  private func objection(to id: String, instanceID: String?) -> ErrorCode? {
    guard let instanceID else { return nil }
    guard let holder = self.id(ofInstance: instanceID) else { return .unknownMemberID }
    return holder == id ? nil : .fencedInstanceID
  }

  /// One protocol at least is listed by all classic members, so that the group could become a
  /// classic one.
  private func isSupported(_ protocols: [GroupProtocol]) -> Bool {
    var names = Set(protocols.map(\.name))
    for member in unordered {
      guard let classic = member.row.classic else { continue }
      names.formIntersection(classic.protocols.map(\.name))
    }
    return !names.isEmpty
  }

  /// The member that a SyncGroup or a Heartbeat is from.
  func findClassic(
    _ id: String, instanceID: String?, generation: Int32
  ) -> Result<Seat, MemberRefusal> {
    if let error = objection(to: id, instanceID: instanceID) {
      return .failure(MemberRefusal(error))
    }
    guard let seat = seat(of: id), self[seat].isClassic else {
      return .failure(MemberRefusal(.unknownMemberID))
    }
    guard generation == self[seat].consumer.epoch else {
      return .failure(MemberRefusal(.illegalGeneration))
    }
    return .success(seat)
  }

  // MARK: Timeouts

  /// Told to join again, the member has its rebalance timeout for it.
  mutating func expectJoin(of seat: Seat, at now: Instant) {
    guard self[seat].presence.joinDeadline == nil else { return }
    let timeout = self[seat].row.rebalanceTimeoutMilliseconds
    mark(seat) { $0.joinDeadline = now + timeout }
  }

  mutating func expectSync(of seat: Seat, at now: Instant) {
    let timeout = self[seat].row.rebalanceTimeoutMilliseconds
    mark(seat) { presence in
      presence.joinDeadline = nil
      presence.syncDeadline = now + timeout
    }
  }
}

extension ConsumerMember {
  /// The classic protocol that the member prefers.
  var classicProtocol: GroupProtocol? { row.classic?.protocols.first }

  /// What the member is assigned, in the version in which it subscribed.
  var assignmentBytes: [UInt8] {
    let version = ConsumerSubscription.version(of: classicProtocol?.metadata ?? []) ?? 0
    return ConsumerAssignment(version: min(max(version, 0), 3), partitions: row.partitions).bytes
  }
}
