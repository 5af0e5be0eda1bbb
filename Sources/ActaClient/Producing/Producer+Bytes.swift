import ClientCore
import Threads

/// For whoever has many records, as bytes of something larger: these are copied into the batch and nowhere else,
/// nothing is made for each record, and no task is suspended while there is room.
extension Producer where Key == [UInt8], Value == [UInt8] {
  /// Puts a record into the buffer, if that can be done at once. The bytes are lent for the call.
  ///
  /// - Parameter completion: Told once what became of it, if it was taken.
  /// - Returns: Whether it was taken. If not, `enqueue` waits until it can be.
  /// - Throws: `KafkaError` as `enqueue`.
  package func takes(
    _ topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    _ completion: SendCompletion?
  ) throws(KafkaError) -> Bool {
    let record = OutgoingRecord(timestamp: Clock.epochMilliseconds(), key: key, value: value)
    do throws(ClientFailure) {
      return try core.takes(record, to: topic, completion?.body)
    } catch {
      throw KafkaError(error)
    }
  }
}

/// What is told of a record. One may be for any number of them.
package struct SendCompletion: Sendable {
  fileprivate let body: ProduceCompletion

  /// - Parameter completion: Called on the producer's thread: it must not block.
  package init(_ completion: @escaping @Sendable (Result<RecordMetadata, KafkaError>) -> Void) {
    body = { result in
      completion(result.map { RecordMetadata($0) }.mapError { KafkaError($0) })
    }
  }
}
