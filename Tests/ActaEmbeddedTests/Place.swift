import ActaClient
import ActaEmbedded
import LogTestSupport
import Testing

/// Where a test's Acta is.
enum Place: CaseIterable, CustomTestStringConvertible {
  case memory, file

  var testDescription: String { String(describing: self) }

  /// Lends an Acta with a table of an application's.
  func run(
    settings: [String: String] = [:], _ body: (Acta) async throws -> Void
  ) async throws {
    let directory = try TemporaryDirectory()
    let acta = try Acta(
      self == .memory ? .memory : .file(directory.path("a.db")), settings: settings)
    try await acta.transaction { sql, _ in
      try sql.execute("CREATE TABLE accounts(name TEXT PRIMARY KEY, balance INTEGER NOT NULL)")
    }
    try await body(acta)
    try await acta.shutdown()
    withExtendedLifetime(directory) {}
  }
}

extension Acta {
  func texts(of topic: String, _ count: Int) async throws -> [String] {
    var reading = ConsumerConfiguration()
    reading.autoOffsetReset = .earliest
    let consumer = try consumer(reading, key: BytesDeserializer(), value: StringDeserializer())
    try await consumer.assign([TopicPartition(topic, 0)])
    let records = try await consumer.take(count)
    // And no more than these.
    #expect(try await consumer.poll(withinMilliseconds: 20).isEmpty)
    await consumer.close()
    return records.map { $0.value ?? "null" }
  }

  func accounts() async throws -> [String: Int64] {
    try await transaction { sql, _ in
      let rows = try sql.query("SELECT name, balance FROM accounts")
      return Dictionary(
        rows.map { ($0["name"].text ?? "", $0["balance"].integer ?? 0) },
        uniquingKeysWith: { first, _ in first })
    }
  }
}

struct Stop: Error, Equatable {}
