import ActaClient
import ActaNode
import Synchronization
import Testing

@Suite("Transactions") struct TransactionTests {
  private let broker: ListeningNode

  init() throws { broker = try ListeningNode(["num.partitions": "2"]) }

  private func producer(_ id: String = "tx") throws -> Producer<String, String> {
    try broker.producer { $0.transactionalID = id }
  }

  private func record(_ value: String, _ partition: Int32 = 0) -> ProducerRecord<String, String> {
    ProducerRecord(topic: "t", partition: partition, key: nil, value: value)
  }

  private func reader(
    _ isolation: ConsumerConfiguration.IsolationLevel
  ) async throws -> Consumer<String, String> {
    let consumer = try broker.consumer { $0.isolationLevel = isolation }
    try await consumer.assign([TopicPartition("t", 0), TopicPartition("t", 1)])
    return consumer
  }

  @Test("what was committed is seen, what was aborted is not")
  func outcome() async throws {
    let producer = try producer()
    try await producer.initTransactions()
    for n in 0..<6 {
      try await producer.beginTransaction()
      try await producer.enqueue(record("\(n)", 0))
      try await producer.enqueue(record("\(n)", 1))
      if n % 2 == 0 {
        try await producer.commitTransaction()
      } else {
        // What is sent already is aborted as well.
        try await producer.flush()
        try await producer.abortTransaction()
      }
    }
    let committed = try await reader(.readCommitted)
    #expect(
      try await committed.take(6).compactMap(\.value).sorted() == ["0", "0", "2", "2", "4", "4"])
    #expect(try await committed.poll(withinMilliseconds: 50).isEmpty)
    let all = try await reader(.readUncommitted)
    #expect(try await all.take(12).count == 12)
    await committed.close()
    await all.close()
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test(
    "who waits for a record of a transaction that is aborted is told so, and the producer goes on")
  func waiting() async throws {
    let producer = try broker.producer {
      $0.transactionalID = "tx"
      $0.lingerMilliseconds = 60_000
    }
    try await producer.initTransactions()
    try await producer.beginTransaction()
    let told = Mutex<[KafkaError]>([])
    try await producer.enqueue(record("never")) { result in
      if case .failure(let error) = result { told.withLock { $0.append(error) } }
    }
    try await producer.abortTransaction()
    let error = try #require(told.withLock { $0 }.first)
    #expect(error.exception == "org.apache.kafka.common.errors.TransactionAbortedException")
    #expect(!error.isFatal)
    #expect(!error.isRetriable)
    try await producer.withTransaction { try await producer.enqueue(record("kept")) }
    let reader = try await reader(.readCommitted)
    #expect(try await reader.take(1).map(\.value) == ["kept"])
    await reader.close()
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test("withTransaction commits, and aborts what throws")
  func scoped() async throws {
    struct Stop: Error {}
    let producer = try producer()
    try await producer.initTransactions()
    try await producer.withTransaction { try await producer.enqueue(record("kept")) }
    await #expect(throws: Stop.self) {
      try await producer.withTransaction {
        _ = try await producer.send(record("dropped"))
        throw Stop()
      }
    }
    try await producer.withTransaction { try await producer.enqueue(record("kept too")) }
    let consumer = try await reader(.readCommitted)
    #expect(try await consumer.take(2).compactMap(\.value) == ["kept", "kept too"])
    await consumer.close()
    await producer.close()
    try await broker.node.shutdown()
  }

  @Test(
    "what other tasks send while transactions end is in one of them, or refused",
    .timeLimit(.minutes(1)))
  func endsAmongSends() async throws {
    let producer = try broker.producer {
      $0.transactionalID = "tx"
      $0.lingerMilliseconds = 0
    }
    try await producer.initTransactions()
    let acknowledged = Mutex<Set<String>>([])
    let isOver = Atomic(false)
    let sender = Task {
      var number = 0
      while !isOver.load(ordering: .relaxed) {
        number += 1
        let value = "\(number)"
        do {
          try await producer.enqueue(record(value)) { result in
            if case .success = result { acknowledged.withLock { _ = $0.insert(value) } }
          }
        } catch {
          await Task.yield()
        }
      }
    }
    while acknowledged.withLock({ $0.count < 200 }) {
      try await producer.beginTransaction()
      await Task.yield()
      try await producer.commitTransaction()
    }
    isOver.store(true, ordering: .relaxed)
    await sender.value
    await producer.close()
    let sent = acknowledged.withLock { $0 }
    let reader = try await reader(.readCommitted)
    let seen = try await reader.take(sent.count).compactMap(\.value)
    #expect(Set(seen) == sent && seen.count == sent.count)
    #expect(try await reader.poll(withinMilliseconds: 50).isEmpty)
    await reader.close()
    try await broker.node.shutdown()
  }

  @Test("a producer whose id another one has taken over is told so, and is of no further use")
  func fencing() async throws {
    let zombie = try producer()
    try await zombie.initTransactions()
    try await zombie.beginTransaction()
    _ = try await zombie.send(record("zombie"))
    let heir = try producer()
    try await heir.initTransactions()
    try await heir.withTransaction { try await heir.enqueue(record("heir")) }
    let fenced = await #expect(throws: KafkaError.self) { try await zombie.commitTransaction() }
    #expect(fenced?.isFatal == true)
    #expect(fenced?.description.contains("transactional.id") == true)
    await #expect(throws: KafkaError.self) { try await zombie.beginTransaction() }
    let consumer = try await reader(.readCommitted)
    #expect(try await consumer.take(1).compactMap(\.value) == ["heir"])
    await consumer.close()
    await zombie.close()
    await heir.close()
    try await broker.node.shutdown()
  }

  @Test("each input is worked on once, though the worker is begun anew in the middle")
  func consumeTransformProduce() async throws {
    let inputs = try broker.producer()
    for n in 0..<60 {
      try await inputs.enqueue(
        ProducerRecord(topic: "in", partition: Int32(n % 2), key: nil, value: "\(n)"))
    }
    await inputs.close()
    struct Crash: Error {}
    var done = 0
    for round in 0..<6 {
      let producer = try producer("worker")
      try await producer.initTransactions()
      let consumer = try broker.consumer {
        $0.groupID = "workers"
        $0.enableAutoCommit = false
        $0.maxPollRecords = 7
      }
      try await consumer.subscribe(to: ["in"])
      do {
        for turn in 0..<3 {
          let records = try await consumer.poll(withinMilliseconds: 3_000)
          if records.isEmpty { break }
          try await producer.withTransaction {
            for input in records { try await producer.enqueue(record(input.value ?? "")) }
            try await producer.commitPositions(of: consumer)
            if turn == 2 && round < 4 { throw Crash() }
          }
          done += records.count
        }
      } catch is Crash {}
      await consumer.close()
      await producer.close()
    }
    #expect(done == 60)
    let output = try await reader(.readCommitted)
    let values = try await output.take(60).compactMap(\.value)
    #expect(values.compactMap { Int($0) }.sorted() == Array(0..<60))
    #expect(try await output.poll(withinMilliseconds: 50).isEmpty)
    await output.close()
    try await broker.node.shutdown()
  }

  @Test("outside of a transaction nothing is sent")
  func misuse() async throws {
    let producer = try producer()
    let early = await #expect(throws: KafkaError.self) { try await producer.send(record("x")) }
    #expect(early?.description.contains("initTransactions()") == true)
    try await producer.initTransactions()
    let outside = await #expect(throws: KafkaError.self) { try await producer.send(record("x")) }
    #expect(outside?.description.contains("beginTransaction()") == true)
    await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
    try await producer.beginTransaction()
    await #expect(throws: KafkaError.self) { try await producer.beginTransaction() }
    try await producer.abortTransaction()
    let plain = try broker.producer()
    await #expect(throws: KafkaError.self) { try await plain.initTransactions() }
    await plain.close()
    await producer.close()
    try await broker.node.shutdown()
  }
}
