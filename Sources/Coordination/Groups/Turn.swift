import ActaModel

/// One turn of the coordinator: when it happens, by which rules, which topics there are, and what it
/// has led to so far. Several events may share one.
package struct Turn {
  package let now: Instant
  /// As the group sees them that is looking at an event.
  package private(set) var settings: GroupSettings
  package let topics: any TopicLookup
  package var effects = Effects()

  package init(at now: Instant, settings: GroupSettings, topics: any TopicLookup) {
    self.now = now
    self.settings = settings
    self.topics = topics
  }
}

extension Turn {
  /// Shows the turn to a group, which goes by its own settings where it has some.
  mutating func show<Result>(to group: String, _ event: (inout Turn) -> Result) -> Result {
    guard let own = settings.own(of: group) else { return event(&self) }
    let common = settings
    settings = own
    defer { settings = common }
    return event(&self)
  }
}

// What members and groups of both kinds note down.
extension Turn {
  mutating func change(_ change: GroupChange) { effects.changes.append(change) }
  mutating func note(_ event: GroupEvent) { effects.events.append(event) }

  mutating func answer(_ token: ReplyToken, _ reply: JoinReply) {
    effects.joins.append((token, reply))
  }

  mutating func answer(_ token: ReplyToken, _ reply: SyncReply) {
    effects.syncs.append((token, reply))
  }

  mutating func refuse(join token: ReplyToken, _ error: ErrorCode, memberID: String) {
    answer(token, JoinReply(error: error, memberID: memberID))
  }

  mutating func refuse(sync token: ReplyToken, _ error: ErrorCode) {
    answer(token, SyncReply(error: error))
  }
}
