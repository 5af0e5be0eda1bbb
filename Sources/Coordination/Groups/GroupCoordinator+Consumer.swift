import ActaModel

// Members of consumer groups.
extension GroupCoordinator {
  package mutating func heartbeat(
    _ request: ConsumerHeartbeat, topics: some TopicLookup, at now: Instant
  ) -> (reply: ConsumerHeartbeatReply, effects: Effects) {
    var turn = Turn(at: now, settings: settings)
    let name = request.groupID
    // An empty id is for the group's own validation, which answers INVALID_REQUEST.
    guard name.isEmpty || Self.isLegal(name) else {
      return (
        ConsumerHeartbeatReply(
          error: .invalidGroupID, message: "A group id has no zero byte in it."), turn.effects
      )
    }
    let reply =
      withConsumer(name, &turn) {
        $0.heartbeat(
          request, topics: topics, settings: $1.settings, at: $1.now, effects: &$1.effects)
      } ?? makeConsumer(for: request, topics: topics, turn: &turn)
    return (reply, turn.effects)
  }
}
