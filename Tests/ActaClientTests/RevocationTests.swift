import ActaNode
import Synchronization
import Testing
import Threads

@testable import ActaClient

@Suite("Partitions that go") struct RevocationTests {
  /// Keeps the consumer's thread busy from the moment at which the program was told, until it is let go.
  private final class SlowThread: RebalanceListener {
    private let consumer = Mutex<Consumer<String, String>?>(nil)
    private let isOver = Monitor(false)
    private let told = Mutex<Set<TopicPartition>>([])

    var gone: Set<TopicPartition> { told.withLock { $0 } }

    func watch(_ consumer: Consumer<String, String>?) { self.consumer.withLock { $0 = consumer } }

    func end() { isOver.update { $0 = true } }

    func partitionsAssigned(_ partitions: [TopicPartition]) async {
      told.withLock { $0.subtract(partitions) }
    }

    func partitionsRevoked(_ partitions: [TopicPartition]) async {
      told.withLock { $0.formUnion(partitions) }
      let work = consumer.withLock { try? $0?.core.life.working() }
      work?.execute { [isOver] _ in
        let deadline = Clock.monotonicMilliseconds() + 200
        _ = isOver.wait(until: deadline) { $0 ? true : nil }
      }
    }
  }

  @Test(
    "of a partition that the program was told is gone it gets no record, however slow the thread")
  func nothingAfterwards() async throws {
    let broker = try ListeningNode(["num.partitions": "2"])
    let producer = try broker.producer { $0.partitioner = .roundRobin }
    for topic in ["t", "u"] {
      for n in 0..<40 {
        try await producer.enqueue(ProducerRecord(topic: topic, key: nil, value: "\(n)"))
      }
    }
    await producer.close()
    let listener = SlowThread()
    let consumer = try broker.consumer {
      Way.range.apply(&$0)
      $0.maxPollRecords = 1
    }
    listener.watch(consumer)
    try await consumer.subscribe(to: ["t"], listener: listener)
    #expect(try await consumer.take(2).count == 2)
    // The rest of what was fetched is there when all of t is revoked.
    try await consumer.subscribe(to: ["u"], listener: listener)
    var topics: [String] = []
    while topics.last != "u" {
      for record in try await consumer.poll(withinMilliseconds: 5_000) {
        #expect(!listener.gone.contains(TopicPartition(record.topic, record.partition)))
        topics.append(record.topic)
      }
    }
    listener.end()
    listener.watch(nil)
    await consumer.close()
    try await broker.node.shutdown()
  }
}
