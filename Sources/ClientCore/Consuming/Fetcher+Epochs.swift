import ActaModel
package import Coordination

// Whether a position is still in the log (KIP-320; KafkaWire/PROTOCOL.md §8). A leader that comes after another may
// not have all that the one before had: where the epoch has risen, the new leader is asked where the epoch of the
// position's last record ends with it, before anything is fetched.
extension Fetcher {
  package struct EpochCheck: Equatable, Sendable {
    package let question: Question
    package let offset: Int64
    /// Of the record before the position.
    package let positionEpoch: Int32
    package let leaderEpoch: Int32
    package let node: Int32
  }

  /// Positions that are to be checked; they count as asked from now on.
  package mutating func takeUnchecked(at now: Instant, view: ClusterView) -> [EpochCheck] {
    var checks: [EpochCheck] = []
    for (partition, state) in partitions {
      let epoch = view.leaderEpoch(of: partition)
      guard case .at(let offset, let positionEpoch) = state.position, !state.isAsking,
        state.isUnchecked(at: epoch), state.notBefore.map({ $0 <= now }) ?? true,
        let node = view.leader(of: partition)
      else { continue }
      checks.append(
        EpochCheck(
          question: Question(partition: partition, generation: state.generation), offset: offset,
          positionEpoch: positionEpoch, leaderEpoch: epoch, node: node))
      partitions[partition]?.isAsking = true
    }
    return checks.sorted { $0.question.partition < $1.question.partition }
  }

  /// The position is in the log, or there is no way to know.
  package mutating func passed(_ check: EpochCheck) {
    let partition = check.question.partition
    guard isCurrent(check.question) else { return }
    partitions[partition]?.isAsking = false
    // A fetch that was under way may have moved it on since it was asked.
    guard partitions[partition]?.position == .at(check.offset, leaderEpoch: check.positionEpoch)
    else { return }
    partitions[partition]?.checkedEpoch = check.leaderEpoch
    partitions[partition]?.failures = 0
  }

  /// The leader's answer.
  ///
  /// - Parameters:
  ///   - end: Where the position's epoch ends in the log, or the last one before it that is there; `nil`: there is
  ///     none.
  ///   - delivered: Up to where the program has been given records.
  /// - Returns: What the program must know, if it is to decide.
  package mutating func checked(
    _ check: EpochCheck, end: (offset: Int64, epoch: Int32)?, delivered: Int64?
  ) -> ClientFailure? {
    if let end, end.offset >= check.offset {
      passed(check)
      return nil
    }
    let partition = check.question.partition
    guard isCurrent(check.question),
      partitions[partition]?.position == .at(check.offset, leaderEpoch: check.positionEpoch)
    else {
      passed(check)
      return nil
    }
    // What was cut off the program has not seen: it is only to be fetched anew.
    if let end, let delivered, delivered <= end.offset {
      restart(check, at: delivered, epoch: end.epoch)
      return nil
    }
    guard settings.autoOffsetReset != .none else { return refusal(check, end?.offset) }
    guard let end else { return reset(partition, because: "its epoch is not in the log") }
    restart(check, at: end.offset, epoch: end.epoch)
    return nil
  }

  private mutating func restart(_ check: EpochCheck, at offset: Int64, epoch: Int32) {
    move(check.question.partition, to: .at(offset, leaderEpoch: epoch))
    partitions[check.question.partition]?.checkedEpoch = check.leaderEpoch
  }

  private mutating func refusal(_ check: EpochCheck, _ end: Int64?) -> ClientFailure {
    let partition = check.question.partition
    // It is told once, and nothing is fetched: who goes on seeks.
    move(partition, to: .resetting(.none))
    partitions[partition]?.isAsking = true
    let rest = end.map { "its records end at offset \($0)" } ?? "nothing of it is left"
    return ClientFailure(
      .logTruncated,
      "\(partition): the log was cut below offset \(check.offset): with the leader of epoch"
        + " \(check.leaderEpoch) epoch \(check.positionEpoch) is another, of which \(rest), and there"
        + " is no policy for that (auto.offset.reset=none).",
      topic: partition.topic, partition: partition.partition)
  }
}

extension Fetcher.Partition {
  /// Whether the position is to be checked before something is fetched from a leader of this epoch.
  func isUnchecked(at epoch: Int32) -> Bool {
    guard case .at(_, let positionEpoch) = position, positionEpoch >= 0, let checkedEpoch else {
      return false
    }
    return epoch > checkedEpoch
  }
}
