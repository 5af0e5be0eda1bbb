import ActaClient
import ActaEmbedded

/// The programs of a beginner's course, as README shows them (what stands there is taken from here, which
/// Tests/EndToEnd/test_swift_client.py holds it to).
///
///     CourseProgram tcp ADDRESS | file PATH | memory
@main
struct CourseProgram {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch arguments.first {
    case "tcp": try await overTCP(arguments.last ?? "localhost:9092")
    case "file": try await inFile(arguments.last ?? "orders.db")
    case "memory": try await inMemory()
    default: print("CourseProgram tcp ADDRESS | file PATH | memory")
    }
  }

  static func overTCP(_ address: String) async throws {
    let configuration = ProducerConfiguration(bootstrapServers: [address])
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    try await produce(producer)
    await producer.close()

    var reading = ConsumerConfiguration(bootstrapServers: [address], groupID: "billing")
    reading.autoOffsetReset = .earliest
    let consumer = try Consumer(reading, key: StringDeserializer(), value: StringDeserializer())
    try consumer.start()
    try await consume(consumer)
    await consumer.close()
  }

  static func inFile(_ path: String) async throws {
    let acta = try Acta(.file(path))
    try await run(acta)
    try await acta.shutdown()
  }

  static func inMemory() async throws {
    let acta = try Acta(.memory)
    try await run(acta)
    try await acta.shutdown()
  }

  static func run(_ acta: Acta) async throws {
    let producer = try acta.producer(key: StringSerializer(), value: StringSerializer())
    try await produce(producer)
    await producer.close()
    var reading = ConsumerConfiguration()
    reading.groupID = "billing"
    reading.autoOffsetReset = .earliest
    let consumer = try acta.consumer(
      reading, key: StringDeserializer(), value: StringDeserializer())
    try await consume(consumer)
    await consumer.close()
  }

  static func produce(_ producer: Producer<String, String>) async throws {
    // Fire and forget: it is sent soon, with others.
    try await producer.enqueue(ProducerRecord(topic: "orders", key: "alice", value: "created"))
    // Wait until the broker has it.
    let metadata = try await producer.send(
      ProducerRecord(topic: "orders", key: "alice", value: "paid"))
    print("partition \(metadata.partition), offset \(metadata.offset ?? -1)")
    // Be told later.
    try await producer.enqueue(ProducerRecord(topic: "orders", key: "bob", value: "created")) {
      result in
      if case .failure(let error) = result { print("not sent: \(error)") }
    }
    try await producer.flush()
  }

  static func consume(_ consumer: Consumer<String, String>) async throws {
    try await consumer.subscribe(to: ["orders"])
    var count = 0
    for try await record in consumer.records {
      print(record.partition, record.offset, record.key ?? "", record.value ?? "")
      try await consumer.commit(record)
      count += 1
      if count == 3 { break }
    }
  }
}
