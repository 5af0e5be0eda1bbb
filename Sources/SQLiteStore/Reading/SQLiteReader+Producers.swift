import ActaModel
import LogStorage
import SQLite

extension SQLiteReader {
  func producers(
    of partition: PartitionID, atMost count: Int
  ) throws(ReadFailure) -> [ActiveProducer] {
    try inSnapshot(of: partition) {
      let rows = try prepare(
        """
        SELECT producer_id, \(ProducerRow.columns), (
          SELECT first_offset FROM transaction_ranges AS x
          WHERE x.partition_id = p.partition_id AND x.producer_id = p.producer_id
            AND x.last_offset IS NULL)
        FROM producer_state AS p
        WHERE partition_id = ? ORDER BY producer_id LIMIT ?
        """)
      try rows.bind(partition.value, at: 1)
      try rows.bind(Int64(count), at: 2)
      var producers: [ActiveProducer] = []
      while try rows.step() {
        func name() -> RowName { RowName("producer_state", "\(partition), \(rows.literal(0))") }
        let id = ProducerID(try rows.anyInteger(0, of: name()))
        producers.append(
          ActiveProducer(
            id: id, row: try ProducerRow(row: rows, from: 1, of: name()),
            openSince: rows.isNull(5) ? nil : try rows.offset(5, of: name())))
      }
      return producers
    }
  }
}
