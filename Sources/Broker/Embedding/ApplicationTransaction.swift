import ActaModel
import Coordination
import KafkaConfig
import LogStorage
import Synchronization
import Threads

/// A transaction of a program that has the broker in it: its closure runs on the writing thread, in a turn that is
/// shared with whatever else is written, and can be taken back by itself.
///
/// A turn may fail because of what else was in it, and topics that the closure names may have to be made: the
/// closure runs again then.
final class ApplicationTransaction<R: Sendable>: Sendable {
  /// Topics that one transaction has made on its way.
  private static var mostTopics: Int { 16 }

  private enum Outcome: Sendable {
    case ended(Result<R, any Error>)
    case wants(topic: String)
  }

  private let broker: Broker
  private let committer: Committer
  private let limitMilliseconds: Int64
  private let body: @Sendable (ApplicationTurn) throws -> R
  private let completion: @Sendable (Result<R, any Error>) -> Void
  /// What has cost a whole turn, and would again.
  private let spoiled = Mutex<Outcome?>(nil)

  init(
    _ broker: Broker, as committer: Committer, withinMilliseconds limit: Int64,
    _ body: @escaping @Sendable (ApplicationTurn) throws -> R,
    completion: @escaping @Sendable (Result<R, any Error>) -> Void
  ) {
    self.broker = broker
    self.committer = committer
    limitMilliseconds = limit
    self.body = body
    self.completion = completion
  }

  func begin() { run(topicsLeft: Self.mostTopics) }

  private func run(topicsLeft: Int) {
    broker.storage.turn(
      { rows in
        let (outcome, handOut) = try self.decide(in: rows)
        return {
          handOut()
          self.finish(outcome, topicsLeft: topicsLeft)
        }
      },
      refuse: { error in
        let known = self.spoiled.withLock { $0 }
        if case .ended(let result) = known { return self.completion(result) }
        self.completion(.failure(ApplicationRefusal(storage: error)))
      })
  }

  private func finish(_ outcome: Outcome, topicsLeft: Int) {
    switch outcome {
    case .ended(let result): completion(result)
    case .wants(let name) where topicsLeft == 0:
      completion(.failure(ApplicationRefusal.unknownTopic(name)))
    case .wants(let name):
      broker.createTopic(inPassing: name) { result in
        switch result {
        case .success: self.run(topicsLeft: topicsLeft - 1)
        case .failure(let error): self.completion(.failure(ApplicationRefusal(error)))
        }
      }
    }
  }

  // MARK: On the writing thread

  private typealias HandOut = @Sendable () -> Void

  private func decide(in rows: any LogTurn) throws -> (Outcome, HandOut) {
    if let known = spoiled.withLock({ $0 }) { return (known, {}) }
    if let objection = rows.objectionToMore {
      return (.ended(.failure(ApplicationRefusal(storage: objection))), {})
    }
    let deadline = Clock.monotonicDeadline(afterMilliseconds: limitMilliseconds)
    let turn = try ApplicationTurn(broker, in: rows, until: deadline)
    var handOuts: [HandOut] = []
    do {
      let result = try rows.attempt {
        let result = try self.result(of: turn)
        try self.commit(turn.commits, in: rows, &handOuts)
        return result
      }
      let told = handOuts
      if let topic = turn.missingTopic { return (.wants(topic: topic), {}) }
      return (.ended(result), { for handOut in told { handOut() } })
    } catch {
      spoil(by: error)
      throw error
    }
  }

  private func result(of turn: ApplicationTurn) throws -> R {
    defer { turn.end() }
    let result = Result { try body(turn) }
    if let failure = turn.failure {
      // What the closure says of it tells more than what the turn ends by.
      if case .failure(let error) = result { spoil(by: error) }
      throw failure
    }
    // It may have been caught.
    if let topic = turn.missingTopic { throw ApplicationRefusal.unknownTopic(topic) }
    return try result.get()
  }

  /// The turn is undone and its requests are tried by themselves: this one would end it again. Of want of room or of
  /// another process that writes this is not known.
  private func spoil(by error: any Error) {
    switch error as? StoreError {
    case .full, .busy: return
    case .refused(let text), .damaged(let text):
      let refusal = ApplicationRefusal.storage(.policyViolation, text)
      spoiled.withLock { if $0 == nil { $0 = .ended(.failure(refusal)) } }
    case nil: spoiled.withLock { if $0 == nil { $0 = .ended(.failure(error)) } }
    case .occupied, .unreadable, .device: return
    }
  }

  /// Last of all, because what the coordinator decides is not taken back with the attempt.
  private func commit(
    _ commits: [(request: ApplicationCommit, positions: [PositionToCommit])],
    in rows: any LogTurn, _ handOuts: inout [HandOut]
  ) throws {
    var hasDecided = false
    for (request, positions) in commits {
      let (answer, handOut) = try broker.groups.turn(in: rows) { coordinator, turn, rows in
        let codes = try self.codes(request, positions, &coordinator, &turn, rows)
        return (codes: codes, hasDecided: !turn.effects.isEmpty)
      }
      handOuts.append(handOut)
      if let code = answer.codes.first(where: { $0 != .none }) {
        let refusal = ApplicationRefusal.refused(
          code, "the group \(request.group) does not take the positions: \(code)")
        guard hasDecided || answer.hasDecided else { throw refusal }
        spoil(by: refusal)
        throw StoreError.refused(String(describing: refusal))
      }
      hasDecided = true
    }
  }

  private func codes(
    _ request: ApplicationCommit, _ positions: [PositionToCommit],
    _ coordinator: inout GroupCoordinator, _ turn: inout Turn, _ rows: any LogTurn
  ) throws -> [ErrorCode] {
    let admission = coordinator.admitCommit(
      CommitRequest(
        groupID: request.group, memberID: request.memberID, instanceID: request.instanceID,
        generation: request.generation, knowsConsumerGroups: true, isTransactional: true),
      &turn)
    switch admission {
    case .failure(let refusal): return [refusal.code]
    case .success(let permit):
      // Positions need the row of their group, which this may have made.
      try turn.write(to: rows)
      var committer = committer
      committer.memberID = request.memberID
      committer.instanceID = request.instanceID
      committer.generation = request.generation
      return try positions.commit(
        of: request.group, permit,
        maxMetadataBytes: broker.config.groups.offsetMetadataMaxBytes
      ) { try rows.commit($0, of: request.group, by: committer) }
    }
  }
}

extension Broker {
  /// Runs `body` in a turn of the log: what it writes, appends and commits is kept, and synced, when `completion` is
  /// called with its result; when that is an error, nothing of it is. `body` runs on the writing thread, where all
  /// that writes waits for it, and may run more than once.
  ///
  /// - Parameters:
  ///   - clientHost: From where, for the audit trail.
  ///   - limit: Milliseconds after which nothing more is done for it.
  package func transaction<R: Sendable>(
    clientHost: String, withinMilliseconds limit: Int64,
    _ body: @escaping @Sendable (ApplicationTurn) throws -> R,
    completion: @escaping @Sendable (Result<R, any Error>) -> Void
  ) {
    let committer = Committer(
      clientHost: clientHost,
      attribution: Attribution(principal: Principal.anonymous.description), source: .application)
    ApplicationTransaction(
      self, as: committer, withinMilliseconds: limit, body, completion: completion
    ).begin()
  }
}
