import ActaModel
import ClientCore
import Coordination
import Transport

// How far the consumer has come, kept by its group.
extension ConsumerEngine {
  /// - Parameter deadline: Monotonic milliseconds.
  func commit(
    _ offsets: GroupPositions.Offsets, until deadline: Int64,
    completion: @escaping (Result<Void, ClientFailure>) -> Void
  ) {
    guard let group else { return completion(.failure(Self.noGroup)) }
    let member = session?.member ?? memberBehind
    // What was committed with the farewell is others' affair by now.
    let offsets =
      isAway ? offsets.filter { committedBehind[$0.key]?.offset != $0.value.offset } : offsets
    let isAway = isAway
    commitsUnderWay += 1
    lastCommit += 1
    for partition in offsets.keys { newestCommits[partition] = lastCommit }
    commit(lastCommit, offsets, as: member, of: group, until: deadline) { [weak self] result in
      if case .success = result { self?.noteCommitted(offsets, behindLoop: isAway) }
      completion(isAway ? result.mapError { Self.behindLoop($0) } : result)
      self?.commitEnded()
    }
  }

  /// Commits, and once more where the group has gone on to another generation meanwhile and the partitions have stayed
  /// the member's: it keeps them with a cooperative assignor, and with the consumer protocol.
  private func commit(
    _ number: UInt64, _ offsets: GroupPositions.Offsets, as member: GroupPositions.Member,
    of group: GroupPositions, attempt: Int = 1, until deadline: Int64,
    completion: @escaping (Result<Void, ClientFailure>) -> Void
  ) {
    group.commit(offsets, as: member, until: deadline) { [weak self] result in
      guard let self, case .failure(let failure) = result, case .refused(let code) = failure.reason
      else { return completion(result) }
      session?.commitRefused(code, generation: member.generation)
      let wait = settings.retryBackoff.milliseconds(after: attempt, chance: 0.5)
      guard code.meansOtherGeneration, now.milliseconds + wait < deadline,
        session?.keeps(offsets.keys, since: member) == true
      else { return completion(result) }
      let isKnown = session?.member != member
      loop.schedule(afterMilliseconds: isKnown ? 0 : wait) { [weak self] in
        guard let self, let session, session.keeps(offsets.keys, since: member) else {
          return completion(result)
        }
        // What was committed since is further on.
        let offsets = offsets.filter { self.newestCommits[$0.key] == number }
        if offsets.isEmpty { return completion(result) }
        commit(
          number, offsets, as: session.member, of: group, attempt: attempt + 1, until: deadline,
          completion: completion)
      }
    }
  }

  private func noteCommitted(_ offsets: GroupPositions.Offsets, behindLoop: Bool) {
    if behindLoop {
      committedBehind.merge(offsets) { $1 }
    } else {
      lastCommitted.merge(offsets) { $1 }
    }
  }

  private static func behindLoop(_ failure: ClientFailure) -> ClientFailure {
    guard case .refused = failure.reason else { return failure }
    return ClientFailure(
      failure.reason,
      "\(failure.sentence) The consumer has left its group with the loop over its records, and the partitions are, or may"
        + " be, others' by now: commit in the loop, or take records with poll.",
      topic: failure.topic, partition: failure.partition, node: failure.node)
  }

  private func commitEnded() {
    commitsUnderWay -= 1
    guard commitsUnderWay == 0 else { return }
    let waiting = waitingForCommits
    waitingForCommits = []
    for completion in waiting { completion() }
  }

  func committed(
    _ partitions: [CorePartition], until deadline: Int64,
    completion: @escaping (Result<GroupPositions.Offsets, ClientFailure>) -> Void
  ) {
    guard let group else { return completion(.failure(Self.noGroup)) }
    // Also where records are read uncommitted, as Java's consumers ask: a transaction that has ended may not have its
    // positions moved yet, and what lies before them would be dealt with twice.
    group.committed(partitions, mustBeStable: true, until: deadline, completion: completion)
  }

  static let noGroup = ClientFailure(
    .invalidArgument, "Positions belong to a group: group.id is not set.")

  func uncommitted(_ offsets: GroupPositions.Offsets) -> GroupPositions.Offsets {
    offsets.filter { lastCommitted[$0.key]?.offset != $0.value.offset }
  }

  /// Commits what the caller has dealt with, if that has changed.
  private func commitProcessed() {
    let changed = uncommitted(buffer.processed)
    let deadline = now.milliseconds + settings.requestTimeoutMilliseconds
    commit(changed, until: deadline) { [network] result in
      // It is tried again with the next one.
      if case .failure(let failure) = result {
        network.log(.warning, "Positions were not committed: \(failure.sentence)")
      }
    }
  }

  func setAutoCommitTimer() {
    guard let interval = autoCommitMilliseconds, autoCommitTimer == nil else { return }
    autoCommitTimer = loop.schedule(afterMilliseconds: max(1, interval)) { [weak self] in
      self?.autoCommitTimer = nil
      self?.commitProcessed()
      self?.setAutoCommitTimer()
    }
  }

  /// What is committed by itself is committed once more, and what others have asked to be committed is waited for: it
  /// goes over another connection than the member's farewell, behind which it would be refused.
  func commitAtEnd(_ completion: @escaping (Result<Void, ClientFailure>) -> Void) {
    let deadline = now.milliseconds + Self.lastCommitMilliseconds
    guard autoCommitMilliseconds != nil else { return waitForCommits(completion) }
    commit(uncommitted(buffer.delivered), until: deadline) { [weak self] result in
      guard let self, case .success = result else { return completion(result) }
      waitForCommits(completion)
    }
  }

  func waitForCommits(_ completion: @escaping (Result<Void, ClientFailure>) -> Void) {
    if commitsUnderWay == 0 { return completion(.success(())) }
    var waiting: Optional = completion
    waitingForCommits.append { waiting.take()?(.success(())) }
    loop.schedule(afterMilliseconds: Self.lastCommitMilliseconds) {
      waiting.take()?(
        .failure(ClientFailure(.timedOut, "A commit was not answered before the group was left.")))
    }
  }

  /// How long the last commit may take.
  static let lastCommitMilliseconds: Int64 = 10_000
}

extension ErrorCode {
  fileprivate var meansOtherGeneration: Bool {
    self == .illegalGeneration || self == .rebalanceInProgress || self == .staleMemberEpoch
  }
}
