import FileTools
import LogTestSupport
import SQLiteStore
import Testing

@Suite("Dumping a log") struct DumpTests {
  private func dump(
    _ log: SampleLog, _ name: String, _ options: LogDump.Options = LogDump.Options()
  ) throws -> [String] {
    let stored = try StoredLog(reading: log.path)
    var text: [UInt8] = []
    let selector = FileSelector(log.path + "/" + name)
    for partition in try selector.partitions(in: stored) {
      var dump = LogDump(stored, options: options) { text += $0 }
      try dump.dump(partition)
    }
    return String(decoding: text, as: UTF8.self).split(separator: "\n").map { String($0) }
  }

  /// A line without its checksum, which is the codec's own test.
  private func withoutChecksum(_ line: String) -> String {
    line.split(separator: " crc: ").first.map { String($0) } ?? line
  }

  private static let beginning = """
    Log starting offset: 0
    baseOffset: 0 lastOffset: 1 count: 2 baseSequence: -1 lastSequence: -1 producerId: -1 \
    producerEpoch: -1 partitionLeaderEpoch: 0 isTransactional: false isControl: false \
    deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: 1700000000001 size: 96 magic: 2 \
    compresscodec: none
    | offset: 0 CreateTime: 1700000000000 keySize: 2 valueSize: 5 sequence: -1 headerKeys: [] \
    key: k1 payload: hello
    | offset: 1 CreateTime: 1700000000001 keySize: -1 valueSize: 5 sequence: -1 headerKeys: [h1,h2] \
    payload: world
    baseOffset: 2 lastOffset: 4 count: 3 baseSequence: 0 lastSequence: 2 producerId: 5 \
    producerEpoch: 0 partitionLeaderEpoch: 0 isTransactional: false isControl: false \
    deleteHorizonMs: OptionalLong.empty position: 96 CreateTime: 1700000000000 size: 91 magic: 2 \
    compresscodec: gzip
    | offset: 2 CreateTime: 1700000000000 keySize: 2 valueSize: 1 sequence: 0 headerKeys: [] \
    key: k0 payload: v
    | offset: 3 CreateTime: 1700000000000 keySize: 2 valueSize: 1 sequence: 1 headerKeys: [] \
    key: k1 payload: v
    | offset: 4 CreateTime: 1700000000000 keySize: 2 valueSize: 1 sequence: 2 headerKeys: [] \
    key: k2 payload: v
    """

  @Test("batches and records have Kafka's layout")
  func layout() async throws {
    var options = LogDump.Options()
    options.isDeep = true
    options.printsData = true
    let lines = try dump(try await SampleLog(), "orders-0", options).map { withoutChecksum($0) }
    let expected = Self.beginning.split(separator: "\n").map { String($0) }
    #expect(Array(lines.prefix(expected.count)) == expected)
    #expect(
      lines[expected.count + 1]
        == "| offset: 5 LogAppendTime: 1700000000000 keySize: 2 valueSize: -1 sequence: -1"
        + " headerKeys: [] key: k1")
    #expect(lines.filter { $0.hasSuffix("endTxnMarker: COMMIT coordinatorEpoch: 0") }.count == 1)
    #expect(lines.filter { $0.hasSuffix("endTxnMarker: ABORT coordinatorEpoch: 0") }.count == 1)
  }

  @Test("without metadata there are keys and values only, and no markers")
  func withoutMetadata() async throws {
    var options = LogDump.Options()
    options.isDeep = true
    options.printsData = true
    options.skipsMetadata = true
    let lines = try dump(try await SampleLog(), "orders-0", options).filter { $0.hasPrefix("|") }
    #expect(lines.prefix(2) == ["| key: k1 payload: hello", "| payload: world"])
    #expect(!lines.contains("|"))
  }

  @Test("what does not fit its decoder is told in a sentence")
  func decoders() async throws {
    let log = try await SampleLog()
    var options = LogDump.Options()
    options.isDeep = true
    options.printsData = true
    options.values = .long
    #expect(throws: PayloadError.self) { try dump(log, "orders-0", options) }
    #expect(PayloadDecoder(className: "org.apache.kafka.tools.api.IntegerDecoder") == .integer)
    #expect(PayloadDecoder(className: "kafka.serializer.LongDecoder") == .long)
    #expect(PayloadDecoder(className: "com.example.Mine") == nil)
  }

  @Test("a batch whose rows were changed is not valid, and is shown")
  func invalid() async throws {
    let log = try await SampleLog()
    try log.damage("UPDATE records_1 SET value = x'00' WHERE \"offset\" = 0")
    let lines = try dump(log, "orders-0")
    #expect(lines[1].hasSuffix("isvalid: false"))
    #expect(lines[2].hasSuffix("isvalid: true"))
  }

  @Test("no more batches are read than asked for")
  func maxBytes() async throws {
    var options = LogDump.Options()
    options.maxBytes = 97
    #expect(try dump(try await SampleLog(), "orders-0", options).count == 3)
  }

  @Test("a partition that is not there is named, with those that are")
  func selector() async throws {
    let log = try await SampleLog()
    do {
      _ = try dump(log, "orders-7")
      Issue.record("orders-7 was found")
    } catch let error as SelectorError {
      #expect(
        error.description
          == "\(log.path) has no partition orders-7: there are compacted-0, orders-0, orders-1, trimmed-0."
      )
    }
  }
}
