import ActaClient
import ActaEmbedded
import Glibc

/// Counts for as long as it is let: each transaction raises a number in a table, appends it to a topic and commits it
/// as a position. What it was told is done it prints. Ended by force again and again (Tests/EndToEnd), the three
/// must agree. Beside it records are produced, and every third transaction is given up.
enum CountingProgram {
  struct GivenUp: Error {}

  static func run(_ path: String) async throws {
    let acta = try Acta(.file(path))
    try await acta.transaction { sql, _ in
      try sql.execute("CREATE TABLE IF NOT EXISTS counter(value INTEGER NOT NULL)")
      if try sql.query("SELECT 1 FROM counter").isEmpty {
        try sql.execute("INSERT INTO counter VALUES (0)")
      }
    }
    let producer = try acta.producer(key: BytesSerializer(), value: StringSerializer())
    while true {
      try await producer.enqueue(ProducerRecord(topic: "noise", value: "beside it"))
      let count = try await acta.transaction { sql, log in try next(sql, log) }
      print(count)
      fflush(nil)
      do {
        try await acta.transaction { sql, log in
          _ = try next(sql, log)
          throw GivenUp()
        }
      } catch is GivenUp {}
    }
  }

  private static func next(_ sql: TransactionSQL, _ log: TransactionLog) throws -> Int64 {
    try sql.execute("UPDATE counter SET value = value + 1")
    let count = try sql.query("SELECT value FROM counter")[0]["value"].integer ?? -1
    try log.append(topic: "counts", key: nil, value: "\(count)")
    try log.commit([TopicPartition("counts", 0): OffsetAndMetadata(count)], group: "counters")
    return count
  }
}
