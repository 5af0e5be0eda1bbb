import ActaModel
import LogStorage
import SQLite

extension SQLiteReader {
  func producers(
    of partition: PartitionID, atMost count: Int,
    replay: (ProducerEvidence, ProducerRow?) -> ProducerRow
  ) throws(ReadFailure) -> [ActiveProducer] {
    try inSnapshot(of: partition) {
      var producers = try storedProducers(of: partition, atMost: count)
      // Rows beyond those are of no interest, whatever batches say of them.
      let last = producers.count < count ? nil : producers.keys.max()
      let batches = try prepare(ProducerEvidence.select)
      try batches.bind(partition.value, at: 1)
      try batches.bind(try producersThrough(partition), at: 2)
      while try batches.step() {
        guard let evidence = try ProducerEvidence(batches, of: partition) else { continue }
        let id = evidence.producer.id
        if let last, id > last { continue }
        producers[id] = replay(evidence, producers[id])
      }
      let open = try openTransactions(of: partition)
      return producers.sorted { $0.key < $1.key }.prefix(count).map { id, row in
        ActiveProducer(id: id, row: row, openSince: open[id])
      }
    }
  }

  /// The first of the rows, by id.
  private func storedProducers(
    of partition: PartitionID, atMost count: Int
  ) throws -> [ProducerID: ProducerRow] {
    let rows = try prepare(
      """
      SELECT producer_id, \(ProducerRow.columns) FROM producer_state
      WHERE partition_id = ? ORDER BY producer_id LIMIT ?
      """)
    try rows.bind(partition.value, at: 1)
    try rows.bind(Int64(count), at: 2)
    var producers: [ProducerID: ProducerRow] = [:]
    while try rows.step() {
      func name() -> RowName { RowName("producer_state", "\(partition), \(rows.literal(0))") }
      let id = ProducerID(try rows.anyInteger(0, of: name()))
      producers[id] = try ProducerRow(row: rows, from: 1, of: name())
    }
    return producers
  }

  private func producersThrough(_ partition: PartitionID) throws -> Int64 {
    let row = try prepare("SELECT producers_through FROM stored_partitions WHERE id = ?")
    try row.bind(partition.value, at: 1)
    guard try row.step() else { return 0 }
    return row.integer(0)
  }

  private func openTransactions(of partition: PartitionID) throws -> [ProducerID: Offset] {
    let rows = try prepare(
      """
      SELECT producer_id, first_offset FROM transaction_ranges
      WHERE partition_id = ? AND last_offset IS NULL
      """)
    try rows.bind(partition.value, at: 1)
    var open: [ProducerID: Offset] = [:]
    while try rows.step() {
      func name() -> RowName { RowName("transaction_ranges", "\(partition), \(rows.literal(0))") }
      let id = ProducerID(try rows.anyInteger(0, of: name()))
      open[id] = try rows.offset(1, of: name())
    }
    return open
  }
}
