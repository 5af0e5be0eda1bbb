import ActaModel
import Coordination
import LogStorage

/// One turn of the coordinator on the storage's writing thread: what it may look at, and where what
/// it decides goes. Valid only during the call that lends it.
struct GroupTurn {
  let transaction: any LogTurn
  let topics: CatalogTopics
  let now: Instant
  /// Given out once the transaction is synced.
  private(set) var joins: [(token: ReplyToken, reply: JoinReply)] = []
  private(set) var syncs: [(token: ReplyToken, reply: SyncReply)] = []

  init(transaction: any LogTurn, topics: CatalogTopics, now: Instant) {
    self.transaction = transaction
    self.topics = topics
    self.now = now
  }

  /// Writes what was decided, and keeps its answers for later.
  mutating func carryOut(_ effects: Effects) throws {
    if !effects.changes.isEmpty || !effects.events.isEmpty {
      try transaction.write(effects.changes, events: effects.events)
    }
    joins += effects.joins
    syncs += effects.syncs
  }
}
