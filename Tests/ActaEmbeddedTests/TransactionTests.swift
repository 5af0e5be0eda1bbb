import ActaClient
import ActaEmbedded
import Synchronization
import Testing

@Suite("Rows, records and positions in one transaction") struct TransactionTests {
  @Test("all of it is there when it returns", arguments: Place.allCases)
  func together(_ place: Place) async throws {
    try await place.run { acta in
      let paid = try await acta.transaction { sql, log in
        #expect(try sql.execute("INSERT INTO accounts VALUES (?, ?), ('bob', 5)", "alice", 70) == 2)
        let first = try log.append(topic: "payments", key: "alice", value: "30")
        let second = try log.append(topic: "payments", key: nil, value: "1")
        try log.commit([TopicPartition("payments", 0): OffsetAndMetadata(7)], group: "billing")
        return [first.offset, second.offset]
      }
      #expect(paid == [0, 1])
      #expect(try await acta.accounts() == ["alice": 70, "bob": 5])
      #expect(try await acta.texts(of: "payments", 2) == ["30", "1"])
      let audited = try await acta.transaction { sql, _ in
        try sql.query("SELECT source, offset_after, host FROM offset_history").map(\.values)
      }
      #expect(audited == [[.text("application transaction"), .integer(7), .text("in process")]])
    }
  }

  @Test("what throws leaves nothing, and takes nothing from others", arguments: Place.allCases)
  func rollback(_ place: Place) async throws {
    try await place.run { acta in
      let producer = try acta.producer(key: BytesSerializer(), value: StringSerializer())
      _ = try await producer.send(ProducerRecord(topic: "t", value: "before"))
      for n in 0..<20 {
        async let sent = producer.send(ProducerRecord(topic: "t", value: "\(n)"))
        await #expect(throws: Stop.self) {
          try await acta.transaction { sql, log in
            try sql.execute("INSERT INTO accounts VALUES ('alice', 1)")
            try sql.execute("CREATE TABLE more(a)")
            try log.append(topic: "t", key: nil, value: "never")
            try log.append(topic: "t", key: nil, value: "never")
            try log.commit([TopicPartition("t", 0): OffsetAndMetadata(1)], group: "g")
            throw Stop()
          }
        }
        #expect(try await sent.offset == Int64(n + 1))
      }
      #expect(try await acta.accounts().isEmpty)
      #expect(try await acta.texts(of: "t", 21) == ["before"] + (0..<20).map { "\($0)" })
      let rest = try await acta.transaction { sql, log in
        (
          try sql.query("SELECT 1 FROM sqlite_schema WHERE name = 'more'").count
            + sql.query("SELECT 1 FROM offset_history").count
            + sql.query("SELECT 1 FROM consumer_groups").count,
          try log.append(topic: "t", key: nil, value: "next").offset
        )
      }
      #expect(rest.0 == 0)
      #expect(rest.1 == 21)
      await producer.close()
    }
  }

  @Test(
    "many at once, every third of which fails: rows and records agree", arguments: Place.allCases)
  func many(_ place: Place) async throws {
    try await place.run { acta in
      try await acta.transaction { sql, _ in
        try sql.execute("INSERT INTO accounts VALUES ('alice', 0)")
      }
      await withTaskGroup { group in
        for n in 0..<120 {
          group.addTask {
            try? await acta.transaction { sql, log in
              try sql.execute("UPDATE accounts SET balance = balance + 1")
              let row = try sql.query("SELECT balance FROM accounts")[0]
              try log.append(topic: "t", key: nil, value: "\(row[0].integer ?? -1)")
              if n % 3 == 0 { throw Stop() }
            }
          }
        }
      }
      #expect(try await acta.accounts() == ["alice": 80])
      #expect(try await acta.texts(of: "t", 80) == (1...80).map { "\($0)" })
    }
  }

  @Test("a fetch that waits at the end of the log is answered at once")
  func wakes() async throws {
    try await Place.memory.run { acta in
      try await acta.transaction { _, log in
        _ = try log.append(topic: "t", key: nil, value: "a")
      }
      var reading = ConsumerConfiguration()
      reading.fetchMaxWaitMilliseconds = 20_000
      reading.autoOffsetReset = .earliest
      let consumer = try acta.consumer(
        reading, key: BytesDeserializer(), value: StringDeserializer())
      try await consumer.assign([TopicPartition("t", 0)])
      _ = try await consumer.take(1)
      for n in 0..<5 {
        async let record = consumer.take(1)
        try await Task.sleep(for: .milliseconds(20))
        let began = ContinuousClock.now
        try await acta.transaction { _, log in
          _ = try log.append(topic: "t", key: nil, value: "\(n)")
        }
        #expect(try await record.map(\.value) == ["\(n)"])
        #expect(ContinuousClock.now - began < .seconds(5))
      }
      await consumer.close()
    }
  }

  @Test("beside a producer's open transaction on the same partition")
  func besideAnother() async throws {
    try await Place.memory.run { acta in
      var settings = ProducerConfiguration()
      settings.transactionalID = "tx"
      let producer = try acta.producer(settings, key: BytesSerializer(), value: StringSerializer())
      try await producer.initTransactions()
      try await producer.beginTransaction()
      _ = try await producer.send(ProducerRecord(topic: "t", value: "theirs"))
      let offset = try await acta.transaction { _, log in
        try log.append(topic: "t", key: nil, value: "ours").offset
      }
      #expect(offset == 1)
      await #expect(throws: Stop.self) {
        try await acta.transaction { _, log in
          try log.append(topic: "t", key: nil, value: "never")
          throw Stop()
        }
      }
      try await producer.abortTransaction()
      var reading = ConsumerConfiguration()
      reading.autoOffsetReset = .earliest
      reading.isolationLevel = .readCommitted
      let consumer = try acta.consumer(
        reading, key: BytesDeserializer(), value: StringDeserializer())
      try await consumer.assign([TopicPartition("t", 0)])
      #expect(try await consumer.take(1).map(\.value) == ["ours"])
      // Behind it is the marker.
      #expect(
        try await consumer.endOffsets([TopicPartition("t", 0)]) == [TopicPartition("t", 0): 3])
      await consumer.close()
      await producer.close()
    }
  }

  @Test("a topic that is only named is made, and the closure runs again; or nobody makes any")
  func topics() async throws {
    try await Place.memory.run(settings: ["num.partitions": "3"]) { acta in
      let runs = Mutex(0)
      let places = try await acta.transaction { sql, log in
        runs.withLock { $0 += 1 }
        try sql.execute("INSERT INTO accounts VALUES ('alice', 1)")
        return [
          try log.append(topic: "a", key: "k", value: "v"),
          try log.append(topic: "b", key: nil, value: "v", partition: 2),
        ]
      }
      #expect(runs.withLock { $0 } == 3)
      #expect(places.map(\.offset) == [0, 0])
      #expect(places[1].partition == 2)
      #expect(try await acta.accounts() == ["alice": 1])
      let error = await #expect(throws: TransactionFailure.self) {
        try await acta.transaction { _, log in
          _ = try log.append(topic: "a/b", key: nil, value: "v")
        }
      }
      #expect(error?.description.contains("is invalid") == true)
    }
    try await Place.memory.run(settings: ["auto.create.topics.enable": "false"]) { acta in
      let error = await #expect(throws: TransactionFailure.self) {
        try await acta.transaction { _, log in _ = try log.append(topic: "a", key: nil, value: "v")
        }
      }
      #expect(error?.reason == .unknownTopic)
      // Who can do without goes on.
      let appended = try await acta.transaction { _, log in
        try? log.append(topic: "a", key: nil, value: "v")
      }
      #expect(appended == nil)
    }
  }

  @Test("records go where a producer would put them, and are refused as a producer's are")
  func records() async throws {
    try await Place.memory.run(
      settings: ["num.partitions": "7", "message.max.bytes": "1000"]
    ) { acta in
      let producer = try acta.producer(key: StringSerializer(), value: StringSerializer())
      for key in ["alice", "bob", "", "a longer key than these"] {
        let theirs = try await producer.send(ProducerRecord(topic: "t", key: key, value: "v"))
        let ours = try await acta.transaction { _, log in
          try log.append(
            ProducerRecord(
              topic: "t", key: key, value: 5, headers: [Header("h", "x")], timestamp: 17),
            key: StringSerializer(), value: IntegerSerializer<Int64>())
        }
        #expect(ours.partition == theirs.partition)
        #expect(ours.timestamp == 17)
      }
      func refusal(
        _ body: @escaping @Sendable (TransactionLog) throws -> Void
      ) async -> TransactionFailure? {
        await #expect(throws: TransactionFailure.self) {
          try await acta.transaction(withinMilliseconds: 10_000) { _, log in try body(log) }
        }
      }
      let large = String(repeating: "x", count: 1_000)
      #expect(
        await refusal { try $0.append(topic: "t", key: nil, value: large) }?.reason == .refused(10))
      #expect(
        await refusal { try $0.append(topic: "t", key: nil, value: "v", partition: 7) }?.reason
          == .refused(3))
      let admin = try acta.admin()
      _ = try await admin.createTopics([
        NewTopic("c", partitions: 1, configs: ["cleanup.policy": "compact"]),
        NewTopic("large", partitions: 1, configs: ["max.message.bytes": "2000000"]),
      ])
      #expect(
        await refusal {
          for _ in 0..<40 {
            try $0.append(topic: "large", key: nil, value: String(repeating: "x", count: 1_000_000))
          }
        }?.reason == .refused(10))
      #expect(
        await refusal { try $0.append(topic: "c", key: nil, value: "v") }?.reason == .refused(87))
      #expect(
        await refusal {
          try $0.append(topic: "__consumer_offsets", key: nil, value: "v")
        }?.reason == .unknownTopic)
      await admin.close()
      await producer.close()
    }
  }

  @Test(
    "a consumer's progress is committed with what came of it; one that has lost its place is refused"
  )
  func progress() async throws {
    try await Place.memory.run { acta in
      try await acta.transaction { _, log in
        for n in 0..<4 { try log.append(topic: "in", key: nil, value: "\(n)") }
      }
      var reading = ConsumerConfiguration()
      reading.groupID = "g"
      reading.enableAutoCommit = false
      reading.autoOffsetReset = .earliest
      let consumer = try acta.consumer(
        reading, key: BytesDeserializer(), value: StringDeserializer())
      try await consumer.subscribe(to: ["in"])
      let records = try await consumer.take(4)
      let progress = try await consumer.progress()
      try await acta.transaction { _, log in
        for record in records { try log.append(topic: "out", key: nil, value: record.value) }
        try log.commit(progress)
      }
      let place = TopicPartition("in", 0)
      #expect(try await consumer.committed([place])[place]?.offset == 4)
      await consumer.close()
      let error = await #expect(throws: TransactionFailure.self) {
        try await acta.transaction { _, log in
          try log.append(topic: "out", key: nil, value: "twice")
          try log.commit(progress)
        }
      }
      // UNKNOWN_MEMBER_ID
      #expect(error?.reason == .refused(25))
      #expect(try await acta.texts(of: "out", 4) == ["0", "1", "2", "3"])
      // Two groups, the second of which refuses: the first has no position, nor is it there.
      await #expect(throws: TransactionFailure.self) {
        try await acta.transaction { _, log in
          try log.commit([place: OffsetAndMetadata(1)], group: "new")
          try log.commit(progress)
        }
      }
      let groups = try await acta.transaction { sql, _ in
        try sql.query("SELECT name FROM consumer_groups ORDER BY name").map { $0[0].text }
      }
      #expect(groups == ["g"])
      // What the coordinator knows is what the tables say: it takes a commit of the same group.
      try await acta.transaction { _, log in
        try log.commit([place: OffsetAndMetadata(2)], group: "new")
      }
    }
  }
}
