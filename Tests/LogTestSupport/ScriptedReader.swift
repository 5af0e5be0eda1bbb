import ActaModel
import BatchCodec
import LogStorage

/// Reads the tables of a `ScriptedStore`, on the writer's thread.
final class ScriptedReader: StoreReader {
  let store: ScriptedStore

  init(store: ScriptedStore) { self.store = store }

  private func row(of partition: PartitionID) throws(ReadFailure) -> PartitionRow {
    guard let row = store.tables.partitions[partition] else { throw .unknownPartition }
    return store.tables.current(row)
  }

  func batches(
    _ read: PartitionRead, below end: Offset, allowance: ReadAllowance
  ) throws(ReadFailure) -> TableRead {
    let start = try row(of: read.partition).logStartOffset
    guard read.offset >= start else { throw .belowLogStart(start) }
    store.note("read")
    var allowance = allowance
    var found: [[UInt8]] = []
    var reached = read.offset
    var isWhole = true
    for batch in store.tables.batches[read.partition] ?? [] {
      if batch.summary.lastOffset < read.offset { continue }
      if batch.summary.baseOffset >= end { break }
      guard batch.summary.lastOffset < end, allowance.take(batch.bytes.count) else {
        isWhole = false
        break
      }
      found.append(batch.bytes)
      reached = batch.summary.lastOffset + 1
    }
    guard read.isolation == .readCommitted else {
      return TableRead(batches: found, isWhole: isWhole)
    }
    return TableRead(
      batches: found,
      aborted: store.tables.aborted(of: read.partition, from: read.offset, below: reached),
      isWhole: isWhole)
  }

  func producers(
    of partition: PartitionID, atMost count: Int,
    replay: (ProducerEvidence, ProducerRow?) -> ProducerRow
  ) throws(ReadFailure) -> [ActiveProducer] {
    var rows = store.tables.producers[partition] ?? [:]
    let through = store.tables.partitions[partition]?.producersThrough ?? .zero
    for case .some(let evidence) in store.tables.evidence(in: partition, from: through) {
      rows[evidence.producer.id] = replay(evidence, rows[evidence.producer.id])
    }
    return rows.sorted { $0.key < $1.key }.prefix(count).map {
      ActiveProducer(
        id: $0.key, row: $0.value, openSince: store.tables.openSince($0.key, in: partition))
    }
  }

  func lookUp(
    _ query: TimestampQuery, in partition: PartitionID, below highWatermark: Offset
  ) throws(ReadFailure) -> TimestampedOffset? {
    let records = try records(of: partition, below: highWatermark)
    let wanted: Int64
    switch query {
    case .atOrAfter(let time): wanted = time
    case .maximum:
      guard let largest = records.map(\.timestamp).max() else { return nil }
      wanted = largest
    }
    return records.first { $0.timestamp >= wanted }
  }

  private func records(
    of partition: PartitionID, below highWatermark: Offset
  ) throws(ReadFailure) -> [TimestampedOffset] {
    let start = try row(of: partition).logStartOffset
    var found: [TimestampedOffset] = []
    for batch in store.tables.batches[partition] ?? [] where !batch.isControl {
      let epoch = batch.leaderEpoch
      do throws(StoreError) {
        found += try batch.records().map {
          TimestampedOffset(
            offset: Offset($0.offset), timestamp: $0.timestamp, leaderEpoch: epoch)
        }
      } catch {
        throw .store(error)
      }
    }
    return found.filter { $0.offset >= start && $0.offset < highWatermark }
  }

  func endOfEpoch(
    _ epoch: LeaderEpoch, in partition: PartitionID, current: LeaderEpoch
  ) throws(ReadFailure) -> EpochEnd? {
    guard epoch != .absent, epoch <= current else { return nil }
    let logEnd = try row(of: partition).nextOffset
    if epoch == current { return EpochEnd(epoch: epoch, endOffset: logEnd) }
    let known = store.tables.epochs[partition] ?? []
    let largest = known.last { $0.epoch <= epoch }?.epoch ?? epoch
    let next = known.first { $0.epoch > epoch }
    return EpochEnd(epoch: largest, endOffset: next?.start ?? logEnd)
  }
}
