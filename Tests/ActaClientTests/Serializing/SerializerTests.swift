import ActaClient
import ActaNode
import Foundation
import Testing

@Suite("Serializers") struct SerializerTests {
  private static func bytes<S: Serializer>(_ serializer: S, _ value: S.Value) throws -> [UInt8] {
    var headers: [Header] = []
    return try serializer.serialize(value, topic: "t", headers: &headers)
  }

  private static func read<D: Deserializer>(_ deserializer: D, _ bytes: [UInt8]) throws -> D.Value {
    try deserializer.deserialize(bytes.span.bytes, topic: "t", headers: [])
  }

  @Test("numbers are big-endian, as Java writes them")
  func numbers() throws {
    #expect(try Self.bytes(IntegerSerializer<Int16>(), -2) == [0xff, 0xfe])
    #expect(try Self.bytes(IntegerSerializer<Int32>(), 0x0102_0304) == [1, 2, 3, 4])
    #expect(try Self.bytes(DoubleSerializer(), 1) == [0x3f, 0xf0, 0, 0, 0, 0, 0, 0])
    #expect(try Self.bytes(FloatSerializer(), -2) == [0xc0, 0, 0, 0])
    #expect(try Self.bytes(BooleanSerializer(), true) == [1])
    #expect(try Self.read(FloatDeserializer(), [0xc0, 0, 0, 0]) == -2)
    #expect(try Self.read(BooleanDeserializer(), [0]) == false)
    #expect(throws: DeserializationError.self) { try Self.read(BooleanDeserializer(), [2]) }
    #expect(throws: DeserializationError.self) { try Self.read(FloatDeserializer(), [1, 2, 3]) }
  }

  @Test("UUIDs are text, and are Foundation's by their bytes")
  func uniqueIDs() throws {
    let uuid = UUID()
    let id = UniqueID(uuid.uuid)
    #expect(id.description == uuid.uuidString.lowercased())
    #expect(UUID(uuid: id.bytes) == uuid)
    #expect(UniqueID(uuid.uuidString) == id)
    let bytes = try Self.bytes(UniqueIDSerializer(), id)
    #expect(String(decoding: bytes, as: UTF8.self) == id.description)
    #expect(try Self.read(UniqueIDDeserializer(), bytes) == id)
    for text in [
      "", "0", id.description + "0", "g" + id.description.dropFirst(),
      id.description.replacingOccurrences(of: "-", with: "+"),
    ] {
      #expect(UniqueID(text) == nil)
      #expect(throws: DeserializationError.self) {
        try Self.read(UniqueIDDeserializer(), Array(text.utf8))
      }
    }
    let random = UniqueID.random().description
    #expect(Array(random)[14] == "4")
    #expect("89ab".contains(Array(random)[19]))
    #expect(UniqueID.random() != UniqueID.random())
  }

  struct Refusal: Error, Equatable {}

  /// One that has something against a value, and a header for the others.
  private struct Choosy: Serializer {
    func serialize(_ value: String, topic: String, headers: inout [Header]) throws -> [UInt8] {
      if value == "bad" { throw Refusal() }
      headers.append(Header("by", "choosy"))
      return Array(value.utf8)
    }
  }

  @Test("a serializer that fails fails its record only, and nothing of that is sent")
  func failing() async throws {
    let broker = try ListeningNode()
    let producer = try Producer(broker.producerConfiguration, value: Choosy())
    try producer.start()
    try await producer.enqueue(ProducerRecord(topic: "t", value: "one"))
    await #expect(throws: Refusal.self) {
      try await producer.send(ProducerRecord(topic: "t", value: "bad"))
    }
    await #expect(throws: Refusal.self) {
      try await producer.enqueue(ProducerRecord(topic: "t", value: "bad")) { _ in
        Issue.record("nothing was sent")
      }
    }
    #expect(try await producer.send(ProducerRecord(topic: "t", value: "two")).offset == 1)
    await producer.close()
    var configuration = ConsumerConfiguration(bootstrapServers: [broker.address])
    configuration.autoOffsetReset = .earliest
    let consumer = try Consumer(configuration, value: StringDeserializer())
    try consumer.start()
    try await consumer.assign([TopicPartition("t", 0)])
    let records = try await consumer.take(2)
    #expect(records.map(\.value) == ["one", "two"])
    #expect(records.map(\.headers) == [[Header("by", "choosy")], [Header("by", "choosy")]])
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("a consumer without keys passes over those that are there")
  func withoutKeys() async throws {
    let broker = try ListeningNode()
    let producer = try broker.producer()
    try await producer.enqueue(ProducerRecord(topic: "t", key: "k", value: "v"))
    await producer.close()
    var configuration = ConsumerConfiguration(bootstrapServers: [broker.address])
    configuration.autoOffsetReset = .earliest
    let consumer = try Consumer(configuration, value: StringDeserializer())
    try consumer.start()
    try await consumer.assign([TopicPartition("t", 0)])
    #expect(try await consumer.take(1).map(\.value) == ["v"])
    await consumer.close()
    try await broker.node.shutdown()
  }
}
