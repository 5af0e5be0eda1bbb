import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// A random life of one partition with producers of transactions, beside a model of what can be read of it.
struct TransactionHistory {
  private struct Record {
    let offset: Int64
    let value: String
    let transaction: Int?
  }

  private enum Outcome {
    case open(first: Int64)
    case committed
    case aborted
  }

  private var place: Backend.Place
  private(set) var log: any LogStorage
  let partition: PartitionID
  var generator: SeededGenerator
  /// For what came later: seeds that are kept mean the same steps.
  private var kills: SeededGenerator
  private var records: [Record] = []
  private var outcomes: [Outcome] = []
  private var producers = (0..<4).map { TestTransactor(id: Int64($0) + 1) }
  /// What each producer has sent last.
  private var sent: [Int: (batch: ProducedBatch, offset: Offset)] = [:]
  /// The transaction that each producer has open.
  private var open: [Int: Int] = [:]
  private var start: Int64 = 0
  private var end: Int64 = 0
  private var lastStable: Int64 = 0
  private let isCompacted: Bool

  init(_ backend: Backend, seed: UInt64, isCompacted: Bool = false) async throws {
    self.isCompacted = isCompacted
    generator = SeededGenerator(seed: seed)
    kills = SeededGenerator(seed: ~seed)
    place = try Backend.Place(backend)
    log = try place.open()
    partition = try await log.makeTopic("random")[0]
  }

  func close() { log.close() }

  mutating func step() async throws {
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<9: try await writeInTransaction()
    case 9..<12: try await writeAlone()
    case 17 where isCompacted: try await compact()
    case 12..<18: try await endTransaction()
    case 18: try await trim()
    default: try await restart()
    }
  }

  private func newValue() -> String { "value \(end)" }

  private mutating func writeInTransaction() async throws {
    let index = producers.indices.randomElement(using: &generator)!
    let values = (0..<Int.random(in: 1...3, using: &generator)).map { "value \(end + Int64($0))" }
    let batch = try producers[index].batch(values, for: partition)
    if open[index] == nil {
      open[index] = outcomes.count
      outcomes.append(.open(first: end))
    }
    let offset = try await log.write(batch, to: partition).baseOffset
    sent[index] = (batch, offset)
    try note(values, at: offset, of: open[index])
  }

  /// What was sent is known, whatever has happened to the log meanwhile.
  private func resend() async throws {
    for (batch, offset) in sent.values {
      let again = try await log.write(batch, to: partition)
      try #require(again.isDuplicate && again.baseOffset == offset)
    }
  }

  private mutating func writeAlone() async throws {
    let value = newValue()
    let batch = try producedBatch([TestRecord(key: String(value.suffix(1)), value: value)])
    try note([value], at: try await log.write(batch, to: partition).baseOffset, of: nil)
  }

  private func compact() async throws {
    _ = try await log.compact(.eager(), partition, at: 1_700_000_000_010).get()
  }

  private mutating func note(
    _ values: [String], at offset: Offset, of transaction: Int?
  ) throws {
    try #require(offset.value == end)
    for value in values {
      records.append(Record(offset: end, value: value, transaction: transaction))
      end += 1
    }
  }

  private mutating func endTransaction() async throws {
    guard
      let (index, transaction) = open.sorted(by: { $0.key < $1.key })
        .randomElement(using: &generator)
    else { return }
    let isCommit = Bool.random(using: &generator)
    // Both generations.
    if Bool.random(using: &generator) {
      producers[index].raiseEpoch()
      sent[index] = nil
    }
    try await log.end(producers[index].claim, isCommit: isCommit, [partition])
    outcomes[transaction] = isCommit ? .committed : .aborted
    open[index] = nil
    end += 1
  }

  private mutating func trim() async throws {
    let target = Int64.random(in: start...min(end, start + 6), using: &generator)
    let deletion = RecordDeletion(partition: partition, beforeOffset: Offset(target))
    start = try await log.trim([deletion])[0].get().value
  }

  private mutating func restart() async throws {
    guard place.isLasting else { return }
    let producers = try await log.producers(partition).get()
    if Bool.random(using: &kills) { try place.leaveAsKilled() }
    log.close()
    log = try place.open()
    try #require(try await log.producers(partition).get() == producers)
    try await resend()
  }

  // MARK: What must be true

  private var stable: Int64 {
    let firsts = outcomes.compactMap { outcome in
      if case .open(let first) = outcome { first } else { nil }
    }
    return firsts.min().map { max($0, start) } ?? end
  }

  /// Compares bounds, and what is read from anywhere in pieces of any size.
  mutating func check() async throws {
    let bounds = try #require(log.bounds(of: partition))
    #expect(bounds.highWatermark.value == end)
    try #require(bounds.lastStableOffset.value == stable)
    try #require(stable >= lastStable)
    lastStable = stable
    let from = Int64.random(in: start...end, using: &generator)
    let maxBytes = Int.random(in: 1...600, using: &generator)
    let read = try await log.committed(partition, from: Offset(from), maxBytes: maxBytes)
    let expected = records.filter { record in
      guard record.offset >= from, record.offset < stable else { return false }
      guard let transaction = record.transaction else { return true }
      if case .committed = outcomes[transaction] { return true }
      return false
    }.map { "\($0.offset) \($0.value)" }
    let found = read.map { "\($0.offset) \(String(decoding: $0.value ?? [], as: UTF8.self))" }
    let comment: Comment = "from \(from), \(maxBytes) bytes"
    guard isCompacted else { return try #require(found == expected, comment) }
    try #require(Set(found).isSubset(of: expected), comment)
    var newest: [Character: String] = [:]
    for record in expected { newest[record.last ?? " "] = record }
    try #require(newest.values.allSatisfy { found.contains($0) }, comment)
  }

  /// Compacts all that can be; the result is how many markers are left, and how many records.
  mutating func finish() async throws -> (markers: Int, records: Int) {
    while !open.isEmpty { try await endTransaction() }
    try await writeAlone()
    try await compact()
    try await check()
    let all = PartitionRead(partition: partition, offset: Offset(start), maxBytes: 1 << 20)
    let headers = try await log.read([all])[0].get().batches
      .compactMap { BatchHeader(parsing: $0.contiguous) }
    let markers = headers.filter { $0.attributes.contains(.control) }
    return (markers.count, headers.reduce(0) { $0 + Int($1.recordCount) } - markers.count)
  }
}
