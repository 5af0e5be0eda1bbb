import ActaModel

@testable import Coordination

/// A client of the mixed walk that speaks the classic protocol.
struct MixedClient {
  let name: String
  /// Keeps its partitions while it joins, and gives up by a second join what it must.
  let isCooperative: Bool
  var id = ""
  var generation: Int32 = -1
  /// What of topic `t` it consumes.
  var owned: Set<Int32> = []
  var join: GroupStage.Call<JoinReply>?
  var sync: GroupStage.Call<SyncReply>?
  /// It has to join before it does anything else.
  var mustJoin = true
  var lastBeat: Instant

  var protocols: [GroupProtocol] {
    let subscription = ConsumerSubscription(
      topics: ["t"], owned: owned.sorted().map { TopicPartition(topic: "t", number: $0) })
    let name = isCooperative ? "cooperative-sticky" : "range"
    return [.of(name, subscription.bytes)]
  }

  mutating func willJoin() {
    mustJoin = false
    sync = nil
    if !isCooperative { owned = [] }
  }

  /// What the client makes of an error.
  mutating func heed(_ error: ErrorCode) {
    mustJoin = mustJoin || error != .none
    switch error {
    case .none, .rebalanceInProgress, .coordinatorNotAvailable, .groupMaxSizeReached: break
    case .unknownMemberID:
      id = ""
      owned = []
    default: owned = []
    }
  }

  mutating func take(_ assignment: [UInt8]) {
    let numbers = ConsumerAssignment(reading: assignment)?.partitions.map(\.number) ?? []
    mustJoin = isCooperative && !owned.isSubset(of: numbers)
    owned = Set(numbers)
  }

  /// As a leader does: in shares of about the same size, but nothing that another still has.
  static func share(_ members: [JoinReply.Member], _ count: Int32) -> [(String, [UInt8])] {
    var owners: [Int32: String] = [:]
    for member in members {
      for partition in ConsumerSubscription(reading: member.metadata)?.owned ?? [] {
        owners[partition.number] = member.memberID
      }
    }
    return members.enumerated().map { index, member in
      let numbers = (0..<count).filter {
        Int($0) % members.count == index && owners[$0] ?? member.memberID == member.memberID
      }
      let partitions = numbers.map { TopicPartition(topic: "t", number: $0) }
      return (member.memberID, ConsumerAssignment(partitions: partitions).bytes)
    }
  }
}
