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

  let place: Backend.Place
  private(set) var log: any LogStorage
  let partition: PartitionID
  var generator: SeededGenerator
  private var records: [Record] = []
  private var outcomes: [Outcome] = []
  private var producers = (0..<4).map { TestTransactor(id: Int64($0) + 1) }
  /// The transaction that each producer has open.
  private var open: [Int: Int] = [:]
  private var start: Int64 = 0
  private var end: Int64 = 0
  private(set) var lastStable: Int64 = 0

  init(_ backend: Backend, seed: UInt64) async throws {
    generator = SeededGenerator(seed: seed)
    place = try Backend.Place(backend)
    log = try place.open()
    partition = try await log.makeTopic("random")[0]
  }

  func close() { log.close() }

  mutating func step() async throws {
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<9: try await writeInTransaction()
    case 9..<12: try await append(try batch(newValue()), of: nil)
    case 12..<18: try await endTransaction()
    case 18: try await trim()
    default: try restart()
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
    try note(values, at: offset, of: open[index])
  }

  private mutating func append(_ batch: ProducedBatch, of transaction: Int?) async throws {
    let offset = try await log.write(batch, to: partition).baseOffset
    try note([newValue()], at: offset, of: transaction)
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
    if Bool.random(using: &generator) { producers[index].raiseEpoch() }
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

  private mutating func restart() throws {
    guard place.isLasting else { return }
    log.close()
    log = try place.open()
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
    }
    try #require(read.map(\.offset) == expected.map(\.offset), "from \(from), \(maxBytes) bytes")
    try #require(
      read.map { String(decoding: $0.value ?? [], as: UTF8.self) } == expected.map(\.value))
  }
}
