import ActaClient
import ActaModel
import ActaNode
import KafkaWire
import Synchronization
import Testing

@Suite("What a client is watched with") struct InstrumentTests {
  private typealias TopicPartition = ActaClient.TopicPartition

  private final class Meter: ClientMeter {
    private let counts = Mutex<[ClientCounter: Int]>([:])
    private let values = Mutex<[ClientMeasure: [Int64]]>([:])
    private let subjects = Mutex<Set<ClientSubject>>([])

    func count(_ counter: ClientCounter, by amount: Int, of subject: ClientSubject) {
      counts.withLock { $0[counter, default: 0] += amount }
      subjects.withLock { _ = $0.insert(subject) }
    }

    func measure(_ measure: ClientMeasure, _ value: Int64, of subject: ClientSubject) {
      values.withLock { $0[measure, default: []].append(value) }
      subjects.withLock { _ = $0.insert(subject) }
    }

    subscript(_ counter: ClientCounter) -> Int { counts.withLock { $0[counter, default: 0] } }
    subscript(_ measure: ClientMeasure) -> [Int64] { values.withLock { $0[measure, default: []] } }
    var all: Set<ClientSubject> { subjects.withLock { $0 } }
  }

  @Test("what is sent, kept and read is counted")
  func counting() async throws {
    let broker = try ListeningNode()
    let (sending, reading) = (Meter(), Meter())
    let producer = try broker.producer {
      $0.clientID = "shop"
      $0.instruments.meter = sending
    }
    for number in 0..<100 {
      try await producer.enqueue(ProducerRecord(topic: "t", key: nil, value: "\(number)"))
    }
    await producer.close()
    #expect(sending[.recordsSent] == 100)
    #expect(sending[.recordsFailed] == 0)
    #expect(sending[.recordsRetried] == 0)
    #expect((1...100).contains(sending[.batchesSent]))
    #expect(sending[.bytesSent] > 700)
    #expect(sending[.bufferBytes].last == 0)
    #expect(sending[.requestLatencyMicroseconds].count >= 3)
    #expect(sending[.requestLatencyMicroseconds].allSatisfy { $0 >= 0 })
    #expect(sending.all.allSatisfy { $0.clientID == "shop" })
    #expect(sending.all.contains { $0.topic == "t" && $0.partition == 0 })
    #expect(sending.all.contains { $0.broker == broker.address && $0.api == "\(APIKey.produce)" })
    let consumer = try broker.consumer {
      $0.instruments.meter = reading
      $0.maxPollRecords = 60
    }
    try await consumer.assign([TopicPartition("t", 0)])
    #expect(try await consumer.take(100).count == 100)
    #expect(reading[.recordsConsumed] == 100)
    #expect(reading[.bytesFetched] >= sending[.bytesSent])
    #expect(reading[.lag].first == 40)
    #expect(reading[.lag].last == 0)
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("what is sent again and what is given up is counted, and said")
  func failing() async throws {
    let attempts = Mutex(0)
    let broker = try ScriptedBroker { request in
      guard request.api == .produce else { return request.properly() }
      let attempt = attempts.withLock { count in
        count += 1
        return count
      }
      return request.answer(request.appended(attempt < 3 ? .notEnoughReplicas : .messageTooLarge))
    }
    let meter = Meter()
    let events = Mutex<[ClientLogEvent]>([])
    var configuration = ProducerConfiguration(bootstrapServers: [broker.address])
    configuration.clientID = "shop"
    configuration.retryBackoffMilliseconds = 1
    configuration.instruments = ClientInstruments(meter: meter) { event in
      events.withLock { $0.append(event) }
    }
    let producer = try Producer(configuration, value: StringSerializer())
    try producer.start()
    await #expect(throws: KafkaError.self) {
      try await producer.send(ProducerRecord(topic: "t", value: "v"))
    }
    await producer.close()
    broker.stop()
    #expect(meter[.recordsRetried] == 2)
    #expect(meter[.recordsFailed] == 1)
    #expect(meter[.recordsSent] == 0)
    let said = events.withLock { $0 }
    #expect(said.allSatisfy { $0.metadata["kafka.client.id"] == "shop" })
    #expect(said.contains { $0.level == .debug && $0.metadata["kafka.broker"] == broker.address })
    let warning = said.first { $0.level == .warning }
    #expect(warning?.message.contains("1 records were not sent: t-0: MESSAGE_TOO_LARGE") == true)
    #expect(warning?.metadata["kafka.topic"] == "t")
  }

  // MARK: Traces

  private final class Tracer: ClientTracer {
    struct Span: SendingSpan {
      let context: TraceContext
      let ended: @Sendable (Result<RecordMetadata, any Error>) -> Void

      func end(_ result: Result<RecordMetadata, any Error>) { ended(result) }
    }

    let sent = Mutex<[TraceContext]>([])
    let ended = Mutex<[Int64?]>([])
    let received = Mutex<[TraceContext?]>([])

    func sending(to topic: String, partition: Int32?) -> (any SendingSpan)? {
      guard topic == "t" else { return nil }
      let context = sent.withLock { sent in
        TraceContext(traceID: 0xabc, spanID: UInt64(sent.count + 1), isSampled: true, state: "v=1")
      }
      guard let context else { return nil }
      sent.withLock { $0.append(context) }
      return Span(context: context) { result in
        self.ended.withLock { $0.append(try? result.get().offset) }
      }
    }

    func received(_ context: TraceContext?, from partition: TopicPartition, offset: Int64) {
      received.withLock { $0.append(context) }
    }
  }

  @Test("a span's context goes with the record, in place of an older one, and ends with its fate")
  func tracing() async throws {
    let broker = try ListeningNode(["message.max.bytes": "2000"])
    let tracer = Tracer()
    let producer = try broker.producer { $0.instruments.tracer = tracer }
    let old = Header(
      "traceparent",
      "00-\(String(repeating: "1", count: 32))-\(String(repeating: "2", count: 16))-00")
    _ = try await producer.send(
      ProducerRecord(topic: "t", value: "a", headers: [old, Header("x", "y")]))
    try await producer.enqueue(ProducerRecord(topic: "t", value: "b"))
    try await producer.flush()
    await #expect(throws: KafkaError.self) {
      try await producer.send(
        ProducerRecord(topic: "t", value: String(repeating: "x", count: 5_000)))
    }
    await #expect(throws: KafkaError.self) {
      try await producer.send(ProducerRecord(topic: "t", partition: 9, value: "a"))
    }
    #expect(tracer.ended.withLock { $0 } == [0, 1, nil, nil])
    // What is not traced keeps its headers.
    _ = try await producer.send(ProducerRecord(topic: "u", value: "a", headers: [old]))
    await producer.close()
    let consumer = try broker.consumer { $0.instruments.tracer = tracer }
    try await consumer.assign([TopicPartition("t", 0)])
    let records = try await consumer.take(2)
    #expect(records[0].headers.map(\.name) == ["x", "traceparent", "tracestate"])
    #expect(records.map(\.traceContext) == tracer.sent.withLock { Array($0.prefix(2)) })
    #expect(records.map(\.traceContext?.spanID) == [1, 2])
    #expect(records[0].traceContext?.state == "v=1")
    #expect(tracer.received.withLock { $0 } == records.map(\.traceContext))
    try await consumer.assign([TopicPartition("u", 0)])
    #expect(
      try await consumer.take(1).first?.traceContext?.traceparent
        == old.value.map { String(decoding: $0, as: UTF8.self) })
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test(
    "what a client of any kind has to say is handed on with its client.id, and with the broker it is about"
  )
  func logs() async throws {
    let broker = try ListeningNode()
    let events = Mutex<[ClientLogEvent]>([])
    let instruments = ClientInstruments(log: { event in events.withLock { $0.append(event) } })
    let producer = try broker.producer {
      $0.clientID = "p"
      $0.instruments = instruments
    }
    _ = try await producer.send(ProducerRecord(topic: "t", key: nil, value: "v"))
    await producer.close()
    let consumer = try broker.consumer {
      $0.clientID = "c"
      $0.groupID = "g"
      $0.instruments = instruments
    }
    try await consumer.subscribe(to: ["t"])
    #expect(try await consumer.take(1).count == 1)
    await consumer.close()
    let admin = try broker.admin {
      $0.clientID = "a"
      $0.instruments = instruments
    }
    _ = try await admin.describeCluster()
    await admin.close()
    let told = events.withLock { $0 }
    for id in ["p", "c", "a"] {
      #expect(
        told.contains {
          $0.metadata == ["kafka.client.id": id, "kafka.broker": broker.address]
            && $0.level == .debug && $0.message == "Connected to \(broker.address)."
        }, "\(id)")
    }
    #expect(told.allSatisfy { $0.metadata["kafka.client.id"] != nil })
    #expect(
      told.contains {
        $0.level == .info && $0.message == "Assigned: t-0."
          && $0.metadata["kafka.client.id"] == "c"
      })
    try await broker.node.shutdown()
  }

  @Test("trace contexts are W3C's, and nothing else is one")
  func contexts() throws {
    let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    let context = try #require(TraceContext(traceparent: text))
    #expect(context.traceID == 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736)
    #expect(context.spanID == 0x00f0_67aa_0ba9_02b7)
    #expect(context.isSampled)
    #expect(context.traceparent == text)
    #expect(TraceContext(traceparent: text.dropLast(2) + "02")?.isSampled == false)
    // Of a version to come.
    #expect(TraceContext(traceparent: "cc" + text.dropFirst(2) + "-more") == context)
    for wrong in [
      "", text.uppercased(), String(text.dropLast()), text + "-more", "ff" + text.dropFirst(2),
      "cc" + text.dropFirst(2) + "more",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] { #expect(TraceContext(traceparent: wrong) == nil, "\(wrong)") }
    #expect(TraceContext(traceID: 0, spanID: 1, isSampled: true) == nil)
    #expect(
      TraceContext(traceID: 1, spanID: 1, isSampled: false)?.traceparent
        == "00-\(String(repeating: "0", count: 31))1-\(String(repeating: "0", count: 15))1-00")
  }
}
