import ActaModel
import KafkaWire
import Testing

@testable import ClientCore

@Suite("The cluster as a client knows it") struct ClusterViewTests {
  private static func topic(
    _ name: String, _ leaders: [(leader: Int32, epoch: Int32)], id: UInt64 = 1,
    code: ErrorCode = .none
  ) -> MetadataResponse.Topic {
    var topic = MetadataResponse.Topic()
    topic.name = name
    topic.errorCode = code
    topic.topicID = TopicID(high: 0, low: id)
    topic.partitions = leaders.enumerated().map { number, leader in
      var partition = MetadataResponse.Partition()
      partition.partitionIndex = Int32(number)
      partition.leaderID = leader.leader
      partition.leaderEpoch = leader.epoch
      return partition
    }
    return topic
  }

  private static func answer(
    nodes: [Int32] = [0, 1], _ topics: MetadataResponse.Topic...
  ) -> MetadataResponse {
    var answer = MetadataResponse()
    answer.brokers = nodes.map { id in
      var broker = MetadataResponse.Broker()
      broker.nodeID = id
      broker.host = "h"
      broker.port = 9_000 + id
      return broker
    }
    answer.topics = topics
    return answer
  }

  private static func leaders(_ view: ClusterView, of topic: String = "t") -> [Int32?] {
    (0..<Int32(view.topics[topic]?.partitions.count ?? 0)).map {
      view.leader(of: TopicPartition(topic, $0))
    }
  }

  @Test("leaders are those of the newest epoch, whoever says otherwise later")
  func epochs() {
    var view = ClusterView()
    view.apply(Self.answer(Self.topic("t", [(0, 5), (1, 5)])), namesAll: false)
    view.apply(Self.answer(Self.topic("t", [(1, 4), (0, 6)])), namesAll: false)
    #expect(Self.leaders(view) == [0, 0])
    // Another topic of the name begins anew, and a broker without epochs is believed.
    view.apply(Self.answer(Self.topic("t", [(1, 0)], id: 2)), namesAll: false)
    #expect(Self.leaders(view) == [1])
    view.apply(Self.answer(Self.topic("t", [(0, -1)], id: 2)), namesAll: false)
    #expect(Self.leaders(view) == [0])
  }

  @Test("a leader that is none of the brokers is nobody")
  func strangers() {
    var view = ClusterView()
    view.apply(Self.answer(Self.topic("t", [(7, 0), (-1, 0), (1, 0)])), namesAll: false)
    #expect(Self.leaders(view) == [nil, nil, 1])
    #expect(view.leader(of: TopicPartition("t", 3)) == nil)
    #expect(view.leader(of: TopicPartition("t", -1)) == nil)
    #expect(view.leader(of: TopicPartition("u", 0)) == nil)
  }

  @Test("an answer that names all topics leaves no other; one that does not leaves them")
  func scope() {
    var view = ClusterView()
    view.apply(Self.answer(Self.topic("t", [(0, 0)])), namesAll: false)
    view.apply(Self.answer(Self.topic("u", [(0, 0)])), namesAll: false)
    #expect(view.topics.keys.sorted() == ["t", "u"])
    view.apply(Self.answer(Self.topic("v", [(0, 0)])), namesAll: true)
    #expect(view.topics.keys.sorted() == ["v"])
  }

  @Test("why nothing is known of a topic is kept until something is; a topic that is gone is gone")
  func refusals() {
    var view = ClusterView()
    view.apply(Self.answer(Self.topic("t", [(0, 0)])), namesAll: false)
    view.apply(Self.answer(Self.topic("t", [], code: .leaderNotAvailable)), namesAll: false)
    #expect(view.refusals["t"] == .leaderNotAvailable)
    #expect(Self.leaders(view) == [0])
    view.apply(Self.answer(Self.topic("t", [], code: .unknownTopicOrPartition)), namesAll: false)
    #expect(view.topics["t"] == nil)
    view.apply(Self.answer(Self.topic("t", [(0, 0)])), namesAll: false)
    #expect(view.refusals == [:])
  }

  @Test(
    "a broker that is only starting names none, and takes none away; ports that are none are left out"
  )
  func brokers() {
    var view = ClusterView()
    view.apply(Self.answer(Self.topic("t", [(0, 0)])), namesAll: false)
    view.apply(Self.answer(nodes: []), namesAll: false)
    #expect(view.nodes.keys.sorted() == [0, 1])
    view.apply(Self.answer(nodes: [1, 90_000]), namesAll: false)
    #expect(view.nodes.keys.sorted() == [1])
    #expect(Self.leaders(view) == [nil])
  }

  @Test("partitions with numbers that cannot be are left out")
  func numbers() {
    var topic = Self.topic("t", [(0, 0), (0, 0), (0, 0)])
    topic.partitions[1].partitionIndex = -5
    topic.partitions[2].partitionIndex = .max
    var view = ClusterView()
    view.apply(Self.answer(topic), namesAll: false)
    #expect(Self.leaders(view) == [0, nil, nil])
  }
}
