import ActaClient
import ActaEmbedded

/// The programs of a beginner's course, as README shows them (what stands there is taken from here, which
/// Tests/EndToEnd/test_swift_client.py holds it to).
///
///     CourseProgram tcp ADDRESS | file PATH | memory | transaction PATH | count PATH
///     CourseProgram secure ADDRESS USERNAME PASSWORD AUTHORITY.pem | properties FILE
@main
struct CourseProgram {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch arguments.first {
    case "tcp": try await overTCP(arguments.last ?? "localhost:9092")
    case "file": try await inFile(arguments.last ?? "orders.db")
    case "memory": try await inMemory()
    case "secure" where arguments.count == 5:
      let words = Array(arguments)
      try await overTLS(words[1], username: words[2], password: words[3], authority: words[4])
    case "properties": try await byProperties(arguments.last ?? "client.properties")
    case "transaction": try await withTables(arguments.last ?? "orders.db")
    case "count": try await CountingProgram.run(arguments.last ?? "counts.db")
    default:
      print(
        "CourseProgram tcp ADDRESS | file PATH | memory | transaction PATH | count PATH"
          + " | secure … | properties FILE")
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

  static func overTLS(
    _ address: String, username: String, password: String, authority: String
  ) async throws {
    var configuration = ProducerConfiguration(bootstrapServers: [address])
    configuration.security = .saslSSL(
      .scramSHA512(username: username, password: password),
      TLSConfiguration(trust: .pemFile(authority)))
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    try await produce(producer)
    await producer.close()

    var reading = ConsumerConfiguration(bootstrapServers: [address], groupID: "billing")
    reading.security = configuration.security
    reading.autoOffsetReset = .earliest
    let consumer = try Consumer(reading, key: StringDeserializer(), value: StringDeserializer())
    try consumer.start()
    try await consume(consumer)
    await consumer.close()
  }

  /// Prints the cluster's brokers, or why there are none.
  static func byProperties(_ path: String) async throws {
    let configuration = try AdminConfiguration(propertyFile: path) { print("note: \($0)") }
    do {
      let cluster = try await Admin.with(configuration) { try await $0.describeCluster() }
      print("brokers \(cluster.nodes.map(\.id))")
    } catch let error as KafkaError {
      let manner = error.isAuthenticationFailure ? "not accepted" : "failed"
      print("\(manner): \(error)")
    }
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

  static func withTables(_ path: String) async throws {
    let acta = try Acta(.file(path))
    try await acta.transaction { sql, _ in
      try sql.execute("CREATE TABLE accounts(name TEXT PRIMARY KEY, balance INTEGER NOT NULL)")
      try sql.execute("INSERT INTO accounts VALUES ('alice', 100)")
    }
    // The row, the record, or neither.
    let (balance, paid) = try await acta.transaction { sql, log in
      try sql.execute("UPDATE accounts SET balance = balance - ? WHERE name = ?", 30, "alice")
      let row = try sql.query("SELECT balance FROM accounts WHERE name = ?", "alice")[0]
      return (
        row["balance"].integer ?? 0, try log.append(topic: "payments", key: "alice", value: "30")
      )
    }
    print("\(balance) left, payment at offset \(paid.offset ?? -1)")
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
