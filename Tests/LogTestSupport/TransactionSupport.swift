package import ActaModel
package import BatchCodec
package import LogStorage
import ModelLiterals
import Synchronization

/// A producer of transactions: it keeps its sequences, one for each partition.
package struct TestTransactor {
  package let id: Int64
  package var epoch: Int16
  private var sequences: [PartitionID: Int32] = [:]

  package init(id: Int64, epoch: Int16 = 0) {
    self.id = id
    self.epoch = epoch
  }

  package var claim: ProducerClaim { ProducerClaim(id: ProducerID(id), epoch: epoch) }

  /// The next batch that it sends to the partition; a record's key is its value's last letter.
  package mutating func batch(
    _ values: [String], for partition: PartitionID, isTransactional: Bool = true
  ) throws -> ProducedBatch {
    let sequence = sequences[partition] ?? 0
    sequences[partition] = sequence + Int32(values.count)
    return try producedBatch(
      values.map { TestRecord(key: String($0.suffix(1)), value: $0) },
      producer: TestProducer(
        id: id, epoch: epoch, sequence: sequence, isTransactional: isTransactional))
  }

  /// As KIP-890 has it: each transaction with an epoch of its own, and sequences from 0.
  package mutating func raiseEpoch() {
    epoch += 1
    sequences = [:]
  }
}

extension LogStorage {
  @discardableResult
  package func write(
    _ values: String..., by producer: inout TestTransactor, to partition: PartitionID
  ) async throws -> Offset {
    try await write(try producer.batch(values, for: partition), to: partition).baseOffset
  }

  /// Ends the producer's transaction in these partitions.
  package func end(
    _ producer: ProducerClaim, isCommit: Bool, _ partitions: [PartitionID],
    groups: [String] = []
  ) async throws {
    let end = TransactionEnd(
      transactionalID: "tx-\(producer.id)", marker: producer, isCommit: isCommit,
      partitions: Set(partitions), groups: Set(groups.map { ExactText($0) }))
    try await turn { try $0.end(end) }
  }

  /// What a consumer of committed records makes of the log from `offset` on, `maxBytes` at a time.
  package func committed(
    _ partition: PartitionID, from offset: Offset = 0, maxBytes: Int = 1 << 20
  ) async throws -> [DecodedRecord] {
    var reader = CommittedReader(from: offset)
    while true {
      let read = PartitionRead(
        partition: partition, offset: reader.position, maxBytes: maxBytes,
        isolation: .readCommitted)
      let outcome = try await self.read([read], maxBytes: maxBytes)[0].get()
      if outcome.batches.isEmpty { return reader.records }
      try reader.take(outcome)
    }
  }

  package func committedValues(
    _ partition: PartitionID, from offset: Offset = 0
  ) async throws -> [String] {
    try await committed(partition, from: offset).map {
      String(decoding: $0.value ?? [], as: UTF8.self)
    }
  }
}

/// A consumer as Kafka's clients are: it leaves out what a listed producer has written from the offset that
/// the list says up to that producer's abort marker.
package struct CommittedReader {
  package private(set) var position: Offset
  package private(set) var records: [DecodedRecord] = []
  private let start: Offset

  package init(from offset: Offset) {
    start = offset
    position = offset
  }

  package mutating func take(_ outcome: ReadOutcome) throws {
    var waiting = outcome.aborted[...]
    var aborting: Set<ProducerID> = []
    for batch in outcome.batches {
      let bytes = batch.contiguous
      guard let header = BatchHeader(parsing: bytes) else { continue }
      while let next = waiting.first, next.firstOffset.value <= header.lastOffset {
        aborting.insert(next.producerID)
        waiting.removeFirst()
      }
      position = Offset(header.lastOffset) + 1
      if header.attributes.contains(.control) {
        if let producer = header.producer { aborting.remove(producer) }
      } else if !header.attributes.contains(.transactional)
        || header.producer.map({ !aborting.contains($0) }) ?? true
      {
        records += try DecodedRecord.decode(batch: bytes).filter { $0.offset >= start.value }
      }
    }
  }
}

/// A resident that says whether batches of transactions may be written, and remembers what it was asked.
package final class TestGate: TransactionGate {
  package struct Question: Equatable, Sendable {
    package let producer: ProducerClaim
    package let claim: TransactionalClaim?
    package let partition: PartitionID

    package init(
      producer: ProducerClaim, claim: TransactionalClaim?, partition: PartitionID
    ) {
      self.producer = producer
      self.claim = claim
      self.partition = partition
    }
  }

  private struct State {
    var questions: [Question] = []
    var refusal: ErrorCode?
    var row: TransactionRow?
    var reloads: [(tables: ResidentTables, reason: ReloadReason)] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// What it says from now on, and the row that it writes whenever it is asked.
  package func answer(_ refusal: ErrorCode?, writing row: TransactionRow? = nil) {
    state.withLock {
      $0.refusal = refusal
      $0.row = row
    }
  }

  package var questions: [Question] { state.withLock { $0.questions } }
  package var reasons: [ReloadReason] { state.withLock { $0.reloads.map(\.reason) } }
  package var transactions: [TransactionRow] {
    state.withLock { $0.reloads.last?.tables.transactions ?? [] }
  }

  package func admit(
    _ producer: ProducerClaim, _ claim: TransactionalClaim?, to partition: PartitionID,
    in turn: any LogTurn
  ) throws -> ErrorCode? {
    let (refusal, row) = state.withLock { state in
      state.questions.append(Question(producer: producer, claim: claim, partition: partition))
      return (state.refusal, state.row)
    }
    if let row { try turn.write(row) }
    return refusal
  }

  package func reload(_ tables: ResidentTables, because reason: ReloadReason) {
    state.withLock { $0.reloads.append((tables, reason)) }
  }
}
