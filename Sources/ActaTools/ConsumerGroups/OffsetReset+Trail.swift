import ActaClient
import Arguments
import FileTools

/// `--undo` and `--to-state-at`: Acta's brokers know every change of a position.
extension OffsetReset {
  /// `nil` if neither is asked for.
  mutating func plan(
    fromTrailOf group: String, _ scope: Set<TopicPartition>?
  ) async throws -> ResetPlan? {
    let isWanted = { (topic: String, partition: Int32) in
      scope?.contains(TopicPartition(topic, partition)) ?? true
    }
    let positions: [CommitHistory.Position]
    if invocation[Options.undo] {
      let history = try await history(of: group)
      positions = try history.beforeLastMove(tool: ConsumerGroupsTool.clientID, isWanted: isWanted)
    } else if let time = invocation[Options.toStateAt] {
      positions = try await history(of: group).changedPositions(since: time)
        .filter { isWanted($0.topic, $0.partition) }
    } else {
      return nil
    }
    if positions.isEmpty {
      ConsumerGroupsTool.printError(
        invocation[Options.undo]
          ? "The audit trail has no reset, deletion or rewind of group \(group)."
          : "The audit trail has no change of group \(group) since then.", to: console)
    }
    return try await plan(positions)
  }

  private mutating func plan(_ positions: [CommitHistory.Position]) async throws -> ResetPlan {
    var offsets: [TopicPartition: Int64] = [:]
    var plan: ResetPlan = [:]
    for position in positions {
      let partition = TopicPartition(position.topic, position.partition)
      plan[partition] = NewOffset.none
      offsets[partition] = position.offset
    }
    return plan.merging(try await clamped(offsets)) { $1 }
  }

  private mutating func history(of group: String) async throws -> CommitHistory {
    if let trail { return CommitHistory(trail.log, group: group) }
    let found = try await AuditTrailFile(invocation[Options.database], of: admin)
    trail = found
    return CommitHistory(found.log, group: group)
  }
}
