import ActaModel
import Testing

@testable import BatchCodec

/// A batch with a single defect, and how it must be refused
/// (LogEngine/DURABILITY.md §4, T14).
struct Defect: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]
  let code: ErrorCode
  let rules: BatchRules

  init(
    _ name: String, _ code: ErrorCode, _ bytes: [UInt8],
    rules: (inout BatchRules) -> Void = { _ in }
  ) {
    self.name = name
    self.bytes = bytes
    self.code = code
    var changed = BatchRules()
    rules(&changed)
    self.rules = changed
  }

  var testDescription: String { name }

  static let all = framing + headers + producers + codecs + numbers + records + headerFields + times

  private static let good = RawBatch()

  private static func header(
    _ name: String, _ code: ErrorCode, _ change: (inout BatchHeader) -> Void
  ) -> Defect {
    Defect(name, code, good.sealed(change))
  }

  private static func patched(
    _ name: String, _ code: ErrorCode, _ patch: (inout [UInt8]) -> Void
  ) -> Defect {
    Defect(name, code, good.sealed(patch: patch))
  }

  private static func record(
    _ name: String, _ change: (inout RawRecord) -> Void
  ) -> Defect {
    Defect(name, .invalidRecord, RawBatch([RawRecord().with(change)]).sealed())
  }

  private static func section(_ name: String, count: Int = 1, _ bytes: [UInt8]) -> Defect {
    Defect(name, .invalidRecord, RawBatch(count: count, records: bytes).sealed())
  }

  private static func length(_ value: Int32) -> (inout [UInt8]) -> Void {
    { bytes in
      bytes.withUnsafeMutableBytes {
        $0.storeBytes(of: value.bigEndian, toByteOffset: 8, as: Int32.self)
      }
    }
  }

  private static let framing = [
    Defect("nothing", .invalidRecord, []),
    Defect("16 bytes", .invalidRecord, Array(good.sealed()[..<16])),
    Defect("17 bytes", .invalidRecord, Array(good.sealed()[..<17])),
    Defect("a header without its last byte", .invalidRecord, Array(good.sealed()[..<60])),
    Defect("two batches", .invalidRecord, good.sealed() + good.sealed()),
    Defect("a byte after the batch", .invalidRecord, good.sealed() + [0]),
    Defect("the last byte missing", .invalidRecord, good.sealed().dropLast()),
    patched("length one more", .invalidRecord) { length(Int32($0.count - 11))(&$0) },
    patched("length one less", .invalidRecord) { length(Int32($0.count - 13))(&$0) },
    patched("length 0", .corruptMessage, length(0)),
    patched("length -1", .corruptMessage, length(-1)),
    patched("length the smallest number", .corruptMessage, length(.min)),
    patched("length the largest number", .invalidRecord, length(.max)),
    patched("length of a header less one", .corruptMessage, length(48)),
    patched("magic 0", .invalidRecord) { $0[16] = 0 },
    patched("magic 1", .invalidRecord) { $0[16] = 1 },
    patched("magic 3", .corruptMessage) { $0[16] = 3 },
    patched("magic -1", .corruptMessage) { $0[16] = 0xff },
    patched("a bit of the CRC", .corruptMessage) { $0[17] ^= 0x80 },
    patched("a bit of the attributes, CRC as before", .corruptMessage) { $0[22] ^= 0x08 },
    patched("a bit of the last byte, CRC as before", .corruptMessage) { $0[$0.count - 1] ^= 1 },
    Defect("larger than max.message.bytes", .messageTooLarge, good.sealed()) {
      $0.maxMessageBytes = good.sealed().count - 1
    },
  ]

  private static let headers = [
    header("base offset 1", .invalidRecord) { $0.baseOffset = 1 },
    header("base offset -1", .invalidRecord) { $0.baseOffset = -1 },
    header("control bit", .invalidRecord) { $0.attributes.insert(.control) },
    header("transactional bit", .invalidRecord) { $0.attributes.insert(.transactional) },
    header("delete horizon bit", .invalidRecord) { $0.attributes.insert(.deleteHorizon) },
    header("attribute bit 7", .invalidRecord) { $0.attributes.insert(.init(rawValue: 1 << 7)) },
    header("attribute bit 15", .invalidRecord) { $0.attributes.insert(.init(rawValue: .min)) },
    header("count 0", .invalidRecord) { $0.recordCount = 0 },
    header("count -1", .invalidRecord) { $0.recordCount = -1 },
    header("count the smallest number", .invalidRecord) { $0.recordCount = .min },
    header("count without last offset delta", .invalidRecord) { $0.recordCount = 3 },
    header("last offset delta without count", .invalidRecord) { $0.lastOffsetDelta = 2 },
    header("last offset delta -1", .invalidRecord) { $0.lastOffsetDelta = -1 },
    header("one record less than there are", .invalidRecord) {
      ($0.recordCount, $0.lastOffsetDelta) = (1, 0)
    },
    header("one record more than there are", .invalidRecord) {
      ($0.recordCount, $0.lastOffsetDelta) = (3, 2)
    },
    header("as many records as can be", .invalidRecord) {
      ($0.recordCount, $0.lastOffsetDelta) = (.max, .max - 1)
    },
    Defect("no records at all", .invalidRecord, RawBatch(count: 0, records: []).sealed()),
  ]

  private static let producers = [
    header("producer id without sequence", .invalidRecord) {
      ($0.producerID, $0.producerEpoch) = (7, 0)
    },
    header("producer id without epoch", .invalidRecord) {
      ($0.producerID, $0.baseSequence) = (7, 0)
    },
    header("producer id -2", .invalidRecord) { $0.producerID = -2 },
    Defect(
      "a transaction without producer id", .invalidRecord,
      good.sealed { $0.attributes.insert(.transactional) }),
  ]

  private static let codecs = [
    header("codec 5", .unsupportedCompressionType) { $0.attributes = .init(rawValue: 5) },
    header("codec 7", .unsupportedCompressionType) { $0.attributes = .init(rawValue: 7) },
    Defect(
      "zstd where it is not allowed", .unsupportedCompressionType,
      RawBatch(
        count: 2, records: Compression.compress(good.records, codec: .zstd), codec: .zstd
      ).sealed()
    ) { $0.allowsZstd = false },
    header("gzip that is none", .invalidRecord) { $0.attributes = .init(rawValue: 1) },
    header("snappy that is none", .invalidRecord) { $0.attributes = .init(rawValue: 2) },
    header("lz4 that is none", .invalidRecord) { $0.attributes = .init(rawValue: 3) },
    header("zstd that is none", .invalidRecord) { $0.attributes = .init(rawValue: 4) },
    Defect(
      "compressed records that it does not say are", .invalidRecord,
      RawBatch(count: 2, records: Compression.compress(good.records, codec: .gzip)).sealed()),
  ]

  private static let numbers = [
    section("a record of negative length", [0x01]),
    section("a record of length 0", [0x00]),
    section("a record longer than the section", varint(100) + [0, 0, 0]),
    section("a length that does not end", [UInt8](repeating: 0x80, count: 12)),
    section("a length of more than 32 bits", [0xff, 0xff, 0xff, 0xff, 0x7f]),
    section("a length of more than 64 bits", [UInt8](repeating: 0xff, count: 9) + [0x02]),
    section("a length with a byte too many", [0x8e, 0x00] + RawRecord().bytes.dropFirst()),
    section("the largest length", varint(Int64(Int32.max)) + RawRecord().bytes.dropFirst()),
    section("bytes after the last record", RawRecord().bytes + [0x00]),
    section("a delta with a byte too many", varint(8) + [0, 0x80, 0x00, 0, 1, 1, 0, 0]),
  ]

  private static let records = [
    record("first offset delta 1") { $0.offsetDelta = 1 },
    record("first offset delta -1") { $0.offsetDelta = -1 },
    record("offset delta of more than 32 bits") { $0.offsetDelta = 1 << 33 },
    record("length one more than it has") { $0.trailing = [0] },
    record("length one less than it has") { $0.declaredLength = Int64($0.bytes.count - 2) },
    record("key length -2") { $0.keyLength = -2 },
    record("key longer than the record") { $0.keyLength = 1000 },
    record("the longest key") { $0.keyLength = Int64(Int32.max) },
    record("value length -2") { $0.valueLength = -2 },
    record("value longer than the record") { $0.valueLength = 1000 },
    record("value one byte longer than the record") { $0.valueLength = 3 },
    Defect(
      "offset deltas 0, 2", .invalidRecord,
      RawBatch([RawRecord(), RawRecord(offsetDelta: 2)]).sealed()),
    Defect(
      "offset deltas 0, 0", .invalidRecord, RawBatch([RawRecord(), RawRecord()]).sealed()),
    Defect(
      "no key on a compacted topic", .invalidRecord,
      RawBatch([RawRecord().with { ($0.keyLength, $0.key) = (-1, []) }]).sealed()
    ) { $0.requiresKeys = true },
  ]

  private static let headerFields = [
    record("header count -1") { $0.headerCount = -1 },
    record("more headers than there are") { $0.headerCount = 1 },
    record("a billion headers") { $0.headerCount = 1_000_000_000 },
    record("fewer headers than there are") {
      $0.headers = RawRecord.header([0x61], nil)
    },
    record("null header name") { ($0.headerCount, $0.headers) = (1, varint(-1) + varint(-1)) },
    record("header name longer than the record") {
      ($0.headerCount, $0.headers) = (1, varint(9) + [0x61, 0x01])
    },
    record("header value length -2") {
      ($0.headerCount, $0.headers) = (1, varint(1) + [0x61] + varint(-2))
    },
    record("header value longer than the record") {
      ($0.headerCount, $0.headers) = (1, varint(1) + [0x61] + varint(5) + [0])
    },
  ]

  private static let times = [
    Defect(
      "LogAppendTime set by the producer", .invalidTimestamp,
      good.sealed { $0.attributes.insert(.logAppendTime) }
    ) { $0.usesLogAppendTime = true },
    Defect(
      "a timestamp more than an hour ahead", .invalidTimestamp,
      good.sealed { $0.baseTimestamp += 3_600_001 }),
    Defect("a timestamp too old", .invalidTimestamp, good.sealed { $0.baseTimestamp -= 1001 }) {
      $0.timestampBeforeMaxMilliseconds = 1000
    },
    Defect(
      "a timestamp that overflows", .invalidTimestamp,
      RawBatch([RawRecord().with { $0.timestampDelta = .max }]).sealed()),
    Defect(
      "a timestamp that underflows", .invalidTimestamp,
      RawBatch([RawRecord().with { $0.timestampDelta = -1 }]).sealed { $0.baseTimestamp = .min }),
  ]
}
