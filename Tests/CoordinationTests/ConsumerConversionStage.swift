import ActaModel
import Testing

@testable import Coordination

extension GroupStage {
  /// A stable classic group whose members have six partitions of `t` among them, one after another;
  /// each has the id `<client>-<n>`. A single member is at generation 1, two are at 2.
  static func ofConsumers(
    _ clients: String..., instance: String? = nil, userData: [UInt8]? = nil,
    configure: (inout GroupSettings) -> Void = { _ in }
  ) -> GroupStage {
    let stage = GroupStage {
      $0.initialRebalanceDelay = 0
      $0.consumerAssignmentInterval = 0
      configure(&$0)
    }
    stage.topics.partitionCounts = ["t": 6]
    var ids: [String] = []
    var generation: Int32 = 0
    for client in clients {
      let first = stage.joinConsumer(client, instance: instance)
      let id = first.id
      let call = instance == nil ? stage.joinConsumer(client, id: id) : first
      for other in ids { stage.joinConsumer(other, id: other) }
      ids.append(id)
      generation = call.reply!.generation
    }
    let share = 6 / Int32(ids.count)
    let giving = ids.enumerated().map { index, id in
      let numbers = Int32(index) * share..<Int32(index + 1) * share
      let partitions = numbers.map { TopicPartition(topic: "t", number: $0) }
      return (id, ConsumerAssignment(partitions: partitions, userData: userData).bytes)
    }
    for id in ids { stage.sync(id, generation, instance: instance, giving: giving) }
    #expect(stage.state() == .stable)
    return stage
  }

  /// A stable consumer group of `a-1`, which speaks the classic protocol, and `m`, at epoch 2.
  static func mixed(
    instance: String? = nil, configure: (inout GroupSettings) -> Void = { _ in }
  ) -> GroupStage {
    let stage = ofConsumers("a", configure: configure)
    var request = ConsumerHeartbeat.joining("m")
    request.instanceID = instance
    _ = stage.consumerHeartbeat(request)
    stage.joinConsumer("a", id: "a-1")
    stage.sync("a-1", 2)
    _ = stage.beat("m", 2)
    #expect(stage.state() == .stable)
    return stage
  }

  @discardableResult
  func joinConsumer(
    _ client: String, id: String = "", instance: String? = nil, type: String = "consumer",
    protocol name: String = "range", owned: Range<Int32> = 0..<0, session: Int32 = 45_000,
    rebalance: Int32 = 60_000, version: Int = 9
  ) -> Call<JoinReply> {
    let subscription = ConsumerSubscription(
      topics: ["t"], owned: owned.map { TopicPartition(topic: "t", number: $0) })
    return join(
      client, id: id, instance: instance, session: session, rebalance: rebalance, type: type,
      protocols: [.of(name, subscription.bytes)], version: version)
  }

  func beat(_ id: String, _ epoch: Int32, owned: [Int32]? = nil) -> ConsumerHeartbeatReply {
    let topic = topics.topic(named: "t")!.id
    return consumerHeartbeat(
      ConsumerHeartbeat(
        groupID: "g", memberID: id, memberEpoch: epoch, owned: owned.map { [topic: Set($0)] },
        client: .test))
  }

  func row(_ id: String) -> MemberRow? { tables["g"]?.members.first { $0.memberID == id } }
  func part(_ id: String) -> MemberRow.ConsumerPart? { row(id)?.consumer }
}

extension SyncReply {
  /// The partitions that it assigns, sorted.
  var numbers: [Int32]? {
    ConsumerAssignment(reading: assignment)?.partitions.map(\.number).sorted()
  }
}
