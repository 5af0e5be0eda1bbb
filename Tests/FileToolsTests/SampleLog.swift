import ActaModel
import BatchCodec
import FileTools
import LogEngine
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import SQLiteLog
import SQLiteStore

/// A file with some of everything: headers, nulls, a compressed batch, an idempotent producer, transactions that
/// were committed, aborted and left open, a compacted topic, one that was trimmed.
struct SampleLog {
  private static let start: Int64 = 1_700_000_000_000

  let directory: TemporaryDirectory
  var path: String { directory.path("log.db") }

  init() async throws {
    directory = try TemporaryDirectory()
    var options = LogOptions()
    options.allowsNetworkFilesystem = true
    options.now = { Self.start }
    let log = try LogEngine.open(.file(path), options: options)
    try await Self.fill(log)
    log.close()
    // The coordinator's part of the transaction that is left open.
    try damage(
      """
      INSERT INTO transactional_ids
      VALUES ('tx-7', 7, 0, NULL, NULL, 60000, 'Ongoing', '[1]', '[]', \(Self.start), \(Self.start))
      """)
  }

  private static func fill(_ log: LogEngine) async throws {
    let orders = try await log.makeTopic("orders", partitions: 2)
    try await log.write(
      try producedBatch([
        TestRecord(key: "k1", value: "hello"),
        TestRecord(
          timestamp: start + 1, key: nil, value: "world",
          headers: [
            RecordHeader(nameBytes: [UInt8]("h1".utf8), value: [97]),
            RecordHeader(nameBytes: [UInt8]("h2".utf8), value: nil),
          ]),
      ]), to: orders[0])
    try await log.write(
      try producedBatch(
        (0..<3).map { TestRecord(key: "k\($0)", value: "v") },
        producer: TestProducer(id: 5, epoch: 0, sequence: 0), compression: .gzip), to: orders[0])
    try await log.write(
      try producedBatch([TestRecord(key: "k1", value: nil)], logAppendTimeAt: start + 5),
      to: orders[0])
    var producer = TestTransactor(id: 7)
    try await log.write("a", by: &producer, to: orders[0])
    try await log.end(producer.claim, isCommit: true, [orders[0]])
    try await log.write("b", "c", by: &producer, to: orders[0])
    try await log.end(producer.claim, isCommit: false, [orders[0]])
    try await log.write("d", by: &producer, to: orders[0])

    let compacted = try await log.makeTopic("compacted")[0]
    for values in [["a=1", "b=1", "a=2"], ["b=2"], ["c=1", "b=3"], ["z=1"]] {
      try await log.write(
        try producedBatch(values.map { TestRecord(key: String($0.prefix(1)), value: $0) }),
        to: compacted)
    }
    let eager = CompactionPolicy(segmentBytes: 1 << 30, segmentMilliseconds: 1, minDirtyRatio: 0)
    _ = try await log.compact(eager, compacted, at: start + 10).get()

    let trimmed = try await log.makeTopic("trimmed")[0]
    for _ in 0..<3 { try await log.write(try batch("1", "2"), to: trimmed) }
    _ = try await log.trim([RecordDeletion(partition: trimmed, beforeOffset: 3)])[0].get()
  }

  /// As somebody with the stock shell would.
  func damage(_ sql: String) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute(sql)
  }

  func check() throws -> Findings { try LogCheck(try StoredLog(reading: path)).run() }
}
