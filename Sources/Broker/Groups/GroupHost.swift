import ActaModel
import Coordination
import LogStorage
import Synchronization

/// Where the coordinator of all groups lives: on the storage's writing thread, one turn at a time.
///
/// A turn decides, what it decided is written in the turn of the log it shares with everything else, and
/// its answers leave when that is synced. The host knows nothing of what groups are: it lends the
/// coordinator to the handlers of requests, keeps the requests that wait, and rings it when a
/// deadline is due.
///
/// A turn of the log that fails takes its decisions back: the coordinator then begins anew from the
/// tables, and requests that waited are told to look for it again.
final class GroupHost: Sendable {
  /// After the storage refused a tick.
  private static let retryMilliseconds: Int64 = 1_000

  private let storage: any LogStorage
  /// As of now; asked in every turn.
  private let settings: @Sendable () -> GroupSettings
  /// Only the writing thread takes this lock (and the one that attaches, before there is a turn): it
  /// is here so that this need not be believed.
  private let coordinator: Mutex<GroupCoordinator>
  private let alarm: Alarm
  private let joins = WaitingRequests<JoinReply>()
  private let syncs = WaitingRequests<SyncReply>()
  private let lastToken = Atomic<UInt64>(0)

  init(
    storage: any LogStorage, settings: @escaping @Sendable () -> GroupSettings,
    timers: any Timers
  ) throws(StorageError) {
    self.storage = storage
    self.settings = settings
    coordinator = Mutex(GroupCoordinator())
    alarm = Alarm(timers)
    try storage.attach(Residence(host: self))
  }

  /// JoinGroup and SyncGroup requests that wait.
  var waitingCount: Int { joins.count + syncs.count }

  /// Answers every request that waits, and those to come, with a refusal. Called before the server
  /// stops, which otherwise waits for them.
  func stop() {
    alarm.stop()
    joins.stop(with: JoinReply(error: .notCoordinator, memberID: ""))
    syncs.stop(with: SyncReply(error: .notCoordinator))
  }

  // MARK: Turns

  /// What a turn does: it may ask the coordinator, and look at the tables and write to them. What the
  /// coordinator decides is written when it returns, or before, by `Turn.write`.
  typealias Body<Answer> =
    @Sendable (inout GroupCoordinator, inout Turn, any LogTurn) throws -> Answer

  /// Gives the coordinator a turn. The body may run twice, when a turn of the log fails because of what
  /// else was in it; whatever it draws at random is drawn before.
  func perform<Answer: Sendable>(
    _ body: @escaping Body<Answer>,
    completion: @escaping @Sendable (Result<Answer, ProtocolError>) -> Void
  ) {
    storage.turn(
      { rows in
        let (answer, handOut) = try self.turn(in: rows, body)
        return {
          handOut()
          completion(.success(answer))
        }
      },
      refuse: { completion(.failure(ProtocolError(coordinating: $0, about: "the group"))) })
  }

  func join(_ request: JoinRequest, respond: @escaping @Sendable (JoinReply) -> Void) {
    let refusal = JoinReply(error: .notCoordinator, memberID: request.memberID)
    let token = nextToken()
    guard joins.add(token, respond: respond) else { return respond(refusal) }
    storage.turn(
      { rows in
        self.joins.take(token)
        return try self.turn(in: rows) { coordinator, turn, _ in
          coordinator.join(request, token: token, &turn)
        }.handOut
      },
      refuse: { _ in self.joins.answer(token, with: refusal) })
  }

  func sync(_ request: SyncRequest, respond: @escaping @Sendable (SyncReply) -> Void) {
    let refusal = SyncReply(error: .notCoordinator)
    let token = nextToken()
    guard syncs.add(token, respond: respond) else { return respond(refusal) }
    storage.turn(
      { rows in
        self.syncs.take(token)
        return try self.turn(in: rows) { coordinator, turn, _ in
          coordinator.sync(request, token: token, &turn)
        }.handOut
      },
      refuse: { _ in self.syncs.answer(token, with: refusal) })
  }

  private func nextToken() -> ReplyToken {
    ReplyToken(lastToken.add(1, ordering: .relaxed).newValue)
  }

  /// Gives the coordinator a part of a turn that somebody else has begun. `handOut` is to be called when that is
  /// synced.
  func turn<Answer: Sendable>(
    in rows: any LogTurn, _ body: Body<Answer>
  ) throws -> (answer: Answer, handOut: @Sendable () -> Void) {
    var turn = newTurn()
    let (answer, deadline) = try coordinator.withLock { coordinator in
      let answer = try body(&coordinator, &turn, rows)
      try turn.write(to: rows)
      return (answer, coordinator.nextDeadline)
    }
    setAlarm(for: deadline)
    let (joined, synced) = (turn.effects.joins, turn.effects.syncs)
    let handOut: @Sendable () -> Void = { [joins, syncs] in
      for (token, reply) in joined { joins.answer(token, with: reply) }
      for (token, reply) in synced { syncs.answer(token, with: reply) }
    }
    return (answer, handOut)
  }

  private func newTurn() -> Turn {
    Turn(at: alarm.now, settings: settings(), topics: CatalogTopics(storage.catalog()))
  }

  // MARK: Time

  private func setAlarm(for deadline: Instant?) {
    alarm.set(for: deadline) { [weak self] in self?.tick() }
  }

  private func tick() {
    storage.turn(
      { rows in
        self.alarm.hush()
        return try self.turn(in: rows) { coordinator, turn, _ in
          coordinator.tick(&turn)
        }.handOut
      },
      refuse: { error in
        self.alarm.hush()
        if error != .closed { self.setAlarm(for: self.alarm.now + Self.retryMilliseconds) }
      })
  }

  // MARK: Following the tables

  /// The storage keeps this for as long as it lives, and the host keeps the storage.
  private final class Residence: LogResident {
    private weak let host: GroupHost?
    init(host: GroupHost) { self.host = host }

    func reload(_ tables: ResidentTables, because reason: ReloadReason) {
      host?.reload(tables.groups, because: reason)
    }
  }

  private func reload(_ groups: [StoredGroup], because reason: ReloadReason) {
    var turn = newTurn()
    let deadline = coordinator.withLock { coordinator in
      coordinator.restore(groups, keepingEqual: reason == .foreignWrite, &turn)
      return coordinator.nextDeadline
    }
    let effects = turn.effects
    precondition(
      effects.changes.isEmpty && effects.events.isEmpty,
      "what the tables hold is what is; nothing can be written by reading them")
    setAlarm(for: deadline)
    switch reason {
    case .start: break
    case .rollback: dismiss(joins: joins.abandonAll(), syncs: syncs.abandonAll())
    case .foreignWrite:
      let (joined, synced) = (effects.joins.map(\.token), effects.syncs.map(\.token))
      joins.abandon(joined)
      syncs.abandon(synced)
      dismiss(joins: joined, syncs: synced)
    }
  }

  /// Tells requests of which the coordinator knows nothing any more to look for it again. Not at
  /// once: the answer of an earlier turn, not yet synced, may still be on its way to them, and a turn
  /// that was undone may be about to be repeated. Behind both in the queue, those that are still
  /// abandoned are so for good.
  private func dismiss(joins joined: [ReplyToken], syncs synced: [ReplyToken]) {
    if joined.isEmpty && synced.isEmpty { return }
    let tell: @Sendable () -> Void = { [joins, syncs] in
      joins.dismiss(joined, with: JoinReply(error: .coordinatorNotAvailable, memberID: ""))
      syncs.dismiss(synced, with: SyncReply(error: .coordinatorNotAvailable))
    }
    storage.turn({ _ in tell }, refuse: { _ in tell() })
  }
}
