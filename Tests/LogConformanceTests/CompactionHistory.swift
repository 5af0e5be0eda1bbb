import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// What compaction is to do, in a few lines.
struct CompactionModel: Equatable {
  struct Record: Equatable {
    let offset: Int64
    let key: String?
    let value: String?
  }

  var records: [Record] = []
  var start: Int64 = 0
  var end: Int64 = 0
  private var deleteAt: [Int64: Int64] = [:]

  mutating func compact(at now: Int64, tombstones retention: Int64) {
    let newest = Dictionary(records.map { ($0.key, $0.offset) }) { max($0, $1) }
    records.removeAll { $0.key == nil || newest[$0.key] != $0.offset }
    for record in records where record.value == nil {
      deleteAt[record.offset] = deleteAt[record.offset] ?? now + retention
    }
    records.removeAll { $0.offset + 1 < end && deleteAt[$0.offset].map { $0 <= now } ?? false }
  }

  mutating func trim(to offset: Int64) {
    start = max(start, offset)
    records.removeAll { $0.offset < start }
  }
}

/// A random life of one compacted partition.
struct CompactionHistory {
  private static let keys = 12

  let place: Backend.Place
  private(set) var log: any LogStorage
  let partition: PartitionID
  var model = CompactionModel()
  var generator: SeededGenerator
  var now: Int64 = 1_700_000_000_010
  let policy: CompactionPolicy
  private var sequences: [Int64: Int32] = [:]
  private var last: [Int64: (batch: ProducedBatch, offset: Offset)] = [:]

  init(_ backend: Backend, seed: UInt64, tombstones: Int64) async throws {
    generator = SeededGenerator(seed: seed)
    place = try Backend.Place(backend)
    log = try place.open()
    partition = try await log.makeTopic("random")[0]
    policy = .eager(tombstones: tombstones)
  }

  mutating func restart() throws {
    guard place.isLasting else { return }
    log.close()
    log = try place.open()
  }

  mutating func step() async throws {
    switch Int.random(in: 0..<20, using: &generator) {
    case 0: try restart()
    case 1: try await retry()
    case 2: try await trim()
    case 3: try await retain()
    case 4: now += .random(in: 0...60, using: &generator)
    default: try await append()
    }
  }

  private mutating func append() async throws {
    let count = Int.random(in: 1...8, using: &generator)
    let records = (0..<count).map { _ in
      let isKeyless = Int.random(in: 0..<20, using: &generator) == 0
      let key = "key \(Int.random(in: 0..<Self.keys, using: &generator))"
      let isTombstone = Int.random(in: 0..<4, using: &generator) == 0
      let value = "\(UInt16.random(in: 0...UInt16.max, using: &generator))"
      return TestRecord(
        timestamp: 1_700_000_000_000, key: isKeyless ? nil : key, value: isTombstone ? nil : value)
    }
    let id = Int64.random(in: -1...2, using: &generator)
    let sequence = sequences[id, default: 0]
    let batch = try producedBatch(
      records,
      producer: id < 0 ? TestProducer() : TestProducer(id: id, epoch: 0, sequence: sequence))
    let offset = try await log.write(batch, to: partition).baseOffset
    if id >= 0 {
      sequences[id] = sequence + Int32(count)
      last[id] = (batch, offset)
    }
    model.end = offset.value + Int64(count)
    model.records += records.enumerated().map {
      CompactionModel.Record(offset: offset.value + Int64($0), key: $1.key, value: $1.value)
    }
  }

  /// A batch that was appended is sent once more.
  private mutating func retry() async throws {
    guard let (batch, offset) = last.sorted(by: { $0.key < $1.key }).first?.value else { return }
    let outcome = try await log.write(batch, to: partition)
    #expect(outcome.isDuplicate)
    #expect(outcome.baseOffset == offset)
  }

  private mutating func trim() async throws {
    let bounds = try #require(log.bounds(of: partition))
    let most = min(bounds.highWatermark.value, bounds.logStartOffset.value + 20)
    let offset = Int64.random(in: bounds.logStartOffset.value...most, using: &generator)
    _ = try await log.trim([RecordDeletion(partition: partition, beforeOffset: Offset(offset))])[0]
      .get()
    model.trim(to: offset)
  }

  private mutating func retain() async throws {
    let size = try await log.sizes([partition]).get()[partition] ?? 0
    let policy = RetentionPolicy(deleteBeforeTimestamp: nil, maxBytes: size * 9 / 10)
    _ = try await log.retain(policy, partition).get()
    model.trim(to: try #require(log.bounds(of: partition)).logStartOffset.value)
  }

  /// What the log has, and that its sums are true.
  func content() async throws -> [CompactionModel.Record] {
    let start = Offset(model.start)
    let read = PartitionRead(partition: partition, offset: start, maxBytes: 1 << 30)
    let batches = try await log.read([read], maxBytes: 1 << 30)[0].get().batches.map(\.contiguous)
    // A batch that a trim has cut is cached as it was.
    if place.backend == .fileWithoutCache || place.backend == .scriptedWithoutCache {
      #expect(
        try await log.sizes([partition]).get()[partition]
          == Int64(batches.reduce(0) { $0 + $1.count }))
    }
    return try batches.flatMap { try DecodedRecord.decode(batch: $0) }
      .filter { $0.offset >= start.value }
      .map { record in
        func text(_ bytes: [UInt8]?) -> String? {
          bytes.map { String(decoding: $0, as: UTF8.self) }
        }
        return CompactionModel.Record(
          offset: record.offset, key: text(record.key), value: text(record.value))
      }
  }

  func close() { log.close() }
}
