import ActaClient

/// What a consumer reads.
protocol RecordSource: Sendable {
  /// Has a consumer begin.
  ///
  /// - Returns: Where reading ends; `nil` is never.
  func begin(_ consumer: Consumer<[UInt8], [UInt8]>) async throws -> [TopicPartition: Int64]?
}
