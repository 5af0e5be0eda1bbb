import BatchCodec
import ClientCore

/// A record with its key and value as bytes.
struct EncodedRecord: Sendable {
  let topic: String
  let partition: Int32?
  let key: [UInt8]?
  let value: [UInt8]?
  let headers: RecordHeaders
  /// Epoch milliseconds.
  let timestamp: Int64

  /// Lends it without a copy.
  borrowing func lend<R>(
    _ body: (OutgoingRecord) throws(ClientFailure) -> R
  ) throws(ClientFailure) -> R {
    try Self.lend(key) { key throws(ClientFailure) in
      try Self.lend(value) { value throws(ClientFailure) in
        try body(OutgoingRecord(timestamp: timestamp, key: key, value: value, headers: headers))
      }
    }
  }

  private static func lend<R>(
    _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws(ClientFailure) -> R
  ) throws(ClientFailure) -> R {
    guard let bytes else { return try body(nil) }
    // The array's own `withUnsafeBytes` does not keep the error's type.
    return try bytes.withUnsafeBufferPointer { bytes throws(ClientFailure) in
      try body(UnsafeRawBufferPointer(bytes))
    }
  }
}
