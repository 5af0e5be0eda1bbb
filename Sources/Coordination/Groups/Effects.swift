package import ActaModel

/// What an event leads to, apart from its own answer: rows that must be written in the same
/// transaction, events for people, and answers to requests that waited.
package struct Effects: Sendable {
  package var changes: [GroupChange] = []
  package var events: [GroupEvent] = []
  package var joins: [(token: ReplyToken, reply: JoinReply)] = []
  package var syncs: [(token: ReplyToken, reply: SyncReply)] = []

  package init() {}

  /// Adds what another event has led to.
  package mutating func append(_ other: Effects) {
    changes += other.changes
    events += other.events
    joins += other.joins
    syncs += other.syncs
  }

  package var isEmpty: Bool {
    changes.isEmpty && events.isEmpty && joins.isEmpty && syncs.isEmpty
  }
}

/// A request that may be answered later. The caller makes the number; it is never used twice.
package struct ReplyToken: Hashable, Sendable {
  package let value: UInt64
  package init(_ value: UInt64) { self.value = value }
}

/// Where a request came from.
package struct ClientIdentity: Equatable, Sendable {
  package var clientID: String
  package var clientHost: String
  package var attribution: Attribution

  package init(
    clientID: String, clientHost: String, attribution: Attribution = Attribution()
  ) {
    self.clientID = clientID
    self.clientHost = clientHost
    self.attribution = attribution
  }
}
