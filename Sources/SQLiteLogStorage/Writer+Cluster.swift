import SQLite

/// The rows of `cluster`.
extension Writer {
  private static var producerIDBlock: Int64 { 1_000 }

  /// Ids are reserved in blocks, durably, before one of them is given; a restart skips the rest of
  /// its block, so that none is ever given twice.
  func nextProducerID() throws(SQLiteError) -> Int64 {
    if producerIDs.isEmpty {
      let text = try connection.text("SELECT value FROM cluster WHERE key = 'next_producer_id'")
      let first = text.flatMap { Int64($0) } ?? 0
      producerIDs = first..<first + Self.producerIDBlock
      try setCluster("next_producer_id", String(producerIDs.upperBound))
    }
    let id = producerIDs.lowerBound
    producerIDs = id + 1..<producerIDs.upperBound
    return id
  }

  private func setCluster(_ key: String, _ value: String) throws(SQLiteError) {
    try statements.setCluster.bind(key, at: 1)
    try statements.setCluster.bind(value, at: 2)
    try statements.setCluster.run()
  }
}
