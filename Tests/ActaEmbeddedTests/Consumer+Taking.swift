import ActaClient

extension Consumer {
  /// So many records, however many polls that takes.
  func take(_ count: Int) async throws -> [ConsumerRecord<Key, Value>] {
    var records: [ConsumerRecord<Key, Value>] = []
    while records.count < count { records += try await poll(withinMilliseconds: 5_000) }
    return records
  }
}
