package import BatchCodec

/// Where a record went.
package struct AppendedRecord: Equatable, Sendable {
  package let topic: String
  package let partition: Int32
  /// -1 where nobody was asked (`acks=0`), or the broker had the record already and does not say where.
  package let offset: Int64
  /// Epoch milliseconds: as it was sent, or the broker's where the topic keeps that (LogAppendTime).
  package let timestamp: Int64
}

/// Told once, on the client's thread: it must not block.
package typealias ProduceCompletion = @Sendable (Result<AppendedRecord, ClientFailure>) -> Void

/// A record on its way into a batch. Key and value are lent for the call.
package struct OutgoingRecord {
  /// Epoch milliseconds.
  package let timestamp: Int64
  /// `nil` is null; an empty key is not.
  package let key: UnsafeRawBufferPointer?
  package let value: UnsafeRawBufferPointer?
  package let headers: RecordHeaders

  package init(
    timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    headers: RecordHeaders = RecordHeaders()
  ) {
    self.timestamp = timestamp
    self.key = key
    self.value = value
    self.headers = headers
  }

  /// The most that it takes of a batch: its bytes, and the lengths and deltas at their longest.
  var mostBytes: Int { 40 + (key?.count ?? 0) + (value?.count ?? 0) + headers.bytes.count }
}
