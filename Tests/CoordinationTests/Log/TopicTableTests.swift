import ActaModel
import Testing

@testable import Coordination

@Suite("Topic table") struct TopicTableTests {
  private let limits = TopicTable.Limits(topics: 3, partitions: 10)

  private func new(_ name: String, partitions: Int = 1, id: UInt64 = 99) -> NewTopic {
    NewTopic(id: TopicID(high: 0, low: id), name: name, partitionCount: partitions)
  }

  private func topic(_ name: String, id: UInt64, partitions: Range<Int64>) -> Topic {
    Topic(
      id: TopicID(high: 0, low: id), name: name, isInternal: false,
      partitions: partitions.map { PartitionID($0) }, configs: [:])
  }

  @Test("names that are taken, or that cannot be told apart in metrics, are refused")
  func names() {
    let table = TopicTable([topic("a.b", id: 1, partitions: 1..<3)])
    #expect(table.objection(to: new("a.b"), limits: limits) == .topicExists(name: "a.b"))
    #expect(table.objection(to: new("c", id: 1), limits: limits) == .topicExists(name: "c"))
    #expect(table.objection(to: new("a_b"), limits: limits) == .topicNameCollides(with: "a.b"))
    #expect(table.objection(to: new("ab"), limits: limits) == nil)
  }

  @Test("limits count what is there with what is asked for, to the last one")
  func bounds() {
    var table = TopicTable([topic("a", id: 1, partitions: 1..<9)])
    #expect(table.partitionCount == 8)
    #expect(table.objection(to: new("b", partitions: 2), limits: limits) == nil)
    guard case .tooMany = table.objection(to: new("b", partitions: 3), limits: limits) else {
      Issue.record("three more partitions pass the limit of ten")
      return
    }
    table.put(topic("b", id: 2, partitions: 9..<10))
    table.put(topic("c", id: 3, partitions: 10..<11))
    guard case .tooMany = table.objection(to: new("d", partitions: 0), limits: limits) else {
      Issue.record("a fourth topic passes the limit of three")
      return
    }
  }

  @Test("a topic only grows")
  func growing() throws {
    let table = TopicTable([topic("a", id: 1, partitions: 1..<4)])
    let known = try #require(table["a"])
    for count in [0, 2, 3] {
      #expect(
        table.objection(toGrowing: known, to: count, limits: limits)
          == .partitionCountNotLarger(present: 3))
    }
    #expect(table.objection(toGrowing: known, to: 10, limits: limits) == nil)
    #expect(table.objection(toGrowing: known, to: 11, limits: limits) != nil)
  }

  @Test("a topic that is removed leaves its name, its id and its partitions free")
  func removal() throws {
    var table = TopicTable([topic("a.b", id: 1, partitions: 1..<9)])
    let removed = table.remove(TopicID(high: 0, low: 1))
    #expect(removed?.name == "a.b")
    #expect(table.partitionCount == 0)
    #expect(table.objection(to: new("a_b", partitions: 10, id: 1), limits: limits) == nil)
    #expect(table.snapshot.topics.isEmpty)
    let again = table.remove(TopicID(high: 0, low: 1))
    #expect(again == nil)
  }
}
