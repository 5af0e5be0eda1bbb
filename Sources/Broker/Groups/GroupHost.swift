import ActaModel
import Coordinators
import LogStorage
import Synchronization

/// Where the coordinator of all groups lives: on the storage's writing thread, one turn at a time.
///
/// A turn decides, writes what it decided in the transaction it shares with everything else, and
/// its answers leave when that is synced. The host knows nothing of what groups are: it lends the
/// coordinator to whoever has a request, keeps the requests that wait, and rings it when a deadline
/// is due.
///
/// A transaction that fails takes its decisions back: the coordinator then begins anew from the
/// tables, and requests that waited are told to look for it again.
final class GroupHost: Sendable {
  /// After the storage refused a tick.
  private static let retryMilliseconds: Int64 = 1_000

  /// Only the writing thread takes this lock (and the one that attaches, before there is a turn); it
  /// is here so that nobody has to believe it.
  private struct State {
    var coordinator: GroupCoordinator
    /// Answers of a reload. Their requests are on their way to be told, unless a turn that failed
    /// is repeated first and asks for them anew.
    var abandonedJoins: [ReplyToken: JoinReply] = [:]
    var abandonedSyncs: [ReplyToken: SyncReply] = [:]
  }

  private let storage: any LogStorage
  private let state: Mutex<State>
  private let alarm: Alarm
  private let joins = WaitingRequests<JoinReply>()
  private let syncs = WaitingRequests<SyncReply>()
  private let lastToken = Atomic<UInt64>(0)

  init(storage: any LogStorage, settings: GroupSettings, timers: any Timers) throws(StorageError) {
    self.storage = storage
    state = Mutex(State(coordinator: GroupCoordinator(settings: settings)))
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

  /// Gives the coordinator a turn. The body may run twice, when a transaction fails because of what
  /// else was in it; whatever it draws at random is drawn before.
  func perform<Answer: Sendable>(
    _ body: @escaping @Sendable (inout GroupCoordinator, inout GroupTurn) throws -> Answer,
    completion: @escaping @Sendable (Result<Answer, ProtocolError>) -> Void
  ) {
    storage.coordinate(
      { transaction in
        let (answer, handOut) = try self.turn(in: transaction) { state, turn in
          try body(&state.coordinator, &turn)
        }
        return {
          handOut()
          completion(.success(answer))
        }
      },
      refuse: { completion(.failure(ProtocolError(coordinating: $0))) })
  }

  func join(_ request: JoinRequest, respond: @escaping @Sendable (JoinReply) -> Void) {
    let refusal = JoinReply(error: .notCoordinator, memberID: request.memberID)
    let token = nextToken()
    guard joins.add(token, respond: respond) else { return respond(refusal) }
    storage.coordinate(
      { transaction in
        try self.turn(in: transaction) { state, turn in
          state.abandonedJoins[token] = nil
          let topics = turn.topics
          try turn.carryOut(
            state.coordinator.join(request, token: token, topics: topics, at: turn.now))
        }.handOut
      },
      refuse: { _ in self.joins.answer(token, with: refusal) })
  }

  func sync(_ request: SyncRequest, respond: @escaping @Sendable (SyncReply) -> Void) {
    let refusal = SyncReply(error: .notCoordinator)
    let token = nextToken()
    guard syncs.add(token, respond: respond) else { return respond(refusal) }
    storage.coordinate(
      { transaction in
        try self.turn(in: transaction) { state, turn in
          state.abandonedSyncs[token] = nil
          try turn.carryOut(state.coordinator.sync(request, token: token, at: turn.now))
        }.handOut
      },
      refuse: { _ in self.syncs.answer(token, with: refusal) })
  }

  private func nextToken() -> ReplyToken {
    ReplyToken(lastToken.add(1, ordering: .relaxed).newValue)
  }

  private func turn<Answer: Sendable>(
    in transaction: any GroupTransaction, _ body: (inout State, inout GroupTurn) throws -> Answer
  ) throws -> (answer: Answer, handOut: @Sendable () -> Void) {
    var turn = GroupTurn(
      transaction: transaction, topics: CatalogTopics(storage.catalog()), now: alarm.now)
    let (answer, deadline) = try state.withLock { state in
      let answer = try body(&state, &turn)
      return (answer, state.coordinator.nextDeadline)
    }
    setAlarm(for: deadline)
    let (joined, synced) = (turn.joins, turn.syncs)
    return (answer, { self.handOut(joined, synced) })
  }

  private func handOut(
    _ joined: [(token: ReplyToken, reply: JoinReply)],
    _ synced: [(token: ReplyToken, reply: SyncReply)]
  ) {
    for (token, reply) in joined { joins.answer(token, with: reply) }
    for (token, reply) in synced { syncs.answer(token, with: reply) }
  }

  // MARK: Time

  private func setAlarm(for deadline: Instant?) {
    alarm.set(for: deadline) { [weak self] in self?.tick() }
  }

  private func tick() {
    storage.coordinate(
      { transaction in
        self.alarm.hush()
        return try self.turn(in: transaction) { state, turn in
          let topics = turn.topics
          try turn.carryOut(state.coordinator.tick(topics: topics, at: turn.now))
        }.handOut
      },
      refuse: { error in
        self.alarm.hush()
        if error != .closed { self.setAlarm(for: self.alarm.now + Self.retryMilliseconds) }
      })
  }

  // MARK: Following the tables

  /// The storage keeps this for as long as it lives, and the host keeps the storage.
  private final class Residence: GroupResident {
    private weak let host: GroupHost?
    init(host: GroupHost) { self.host = host }

    func reload(_ groups: [StoredGroup], because reason: ReloadReason) {
      host?.reload(groups, because: reason)
    }
  }

  private func reload(_ groups: [StoredGroup], because reason: ReloadReason) {
    let (deadline, abandoned) = state.withLock { state in
      let effects = state.coordinator.restore(
        groups, keepingEqual: reason == .foreignWrite, at: alarm.now)
      precondition(
        effects.changes.isEmpty && effects.events.isEmpty,
        "what the tables hold is what is; nothing can be written by reading them")
      for (token, reply) in effects.joins { state.abandonedJoins[token] = reply }
      for (token, reply) in effects.syncs { state.abandonedSyncs[token] = reply }
      return (
        state.coordinator.nextDeadline, effects.joins.map(\.token) + effects.syncs.map(\.token)
      )
    }
    setAlarm(for: deadline)
    if !abandoned.isEmpty { dismiss(abandoned) }
  }

  /// Tells requests that waited in what is no more. Not at once: the answer to an earlier turn, not
  /// yet synced, may still be on its way to them, and a turn that failed may be about to be repeated.
  /// Behind both in the queue, those who are still abandoned are so for good.
  private func dismiss(_ tokens: [ReplyToken]) {
    storage.coordinate(
      { _ in
        let (joined, synced) = self.takeAbandoned(tokens)
        return { self.handOut(joined, synced) }
      },
      refuse: { _ in
        let (joined, synced) = self.takeAbandoned(tokens)
        self.handOut(joined, synced)
      })
  }

  private func takeAbandoned(
    _ tokens: [ReplyToken]
  ) -> ([(token: ReplyToken, reply: JoinReply)], [(token: ReplyToken, reply: SyncReply)]) {
    state.withLock { state in
      (
        tokens.compactMap { token in state.abandonedJoins[token].map { (token, $0) } },
        tokens.compactMap { token in state.abandonedSyncs[token].map { (token, $0) } }
      )
    }
  }
}
