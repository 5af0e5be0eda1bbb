import ActaModel
import ModelLiterals
import Testing

@testable import Coordination

@Suite("Expiry of positions") struct PositionExpiryTests {
  private func position(expiresAt: Int64? = nil) -> StoredPosition {
    StoredPosition(
      partition: PartitionID(1), offset: 5, leaderEpoch: -1, metadata: "", committedAt: 100,
      expiresAt: expiresAt)
  }

  private func due(
    _ rule: OffsetExpiry, _ position: StoredPosition, exempt: Set<PartitionID> = [],
    retention: Int64 = 1_000
  ) -> Int64 {
    rule.due(position, emptySince: 500, exempt: exempt, retentionMilliseconds: retention)
  }

  @Test("a time of its own goes before the rule, unless nothing ages")
  func ownTime() {
    #expect(due(.sinceEmpty, position(expiresAt: 7)) == 7)
    #expect(due(.sinceCommit(exceptTopics: []), position(expiresAt: 7)) == 7)
    #expect(due(.never, position(expiresAt: 7)) == .max)
  }

  @Test("an empty group's positions age from then on, others from their commit")
  func rules() {
    #expect(due(.sinceEmpty, position()) == 1_500)
    #expect(due(.sinceCommit(exceptTopics: []), position()) == 1_100)
    #expect(due(.sinceCommit(exceptTopics: ["t"]), position(), exempt: [PartitionID(1)]) == .max)
    #expect(due(.never, position()) == .max)
  }

  @Test("retention for ever does not overflow")
  func saturation() {
    #expect(due(.sinceEmpty, position(), retention: .max) == .max)
    #expect(due(.sinceCommit(exceptTopics: []), position(), retention: .max - 10) == .max)
  }
}
