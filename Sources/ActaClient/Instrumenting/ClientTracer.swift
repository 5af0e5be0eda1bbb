/// Connects a client to whatever a program traces with (OpenTelemetry and its like). The context travels with the
/// record, in the headers `traceparent` and `tracestate` of W3C's Trace Context.
public protocol ClientTracer: Sendable {
  /// A record is about to be sent. Called by the task that sends it, so that whatever is current there is the span's
  /// parent.
  ///
  /// - Returns: `nil` where nothing is to be traced: the record keeps the headers that it has.
  func sending(to topic: String, partition: Int32?) -> (any SendingSpan)?

  /// A record is given to the program, by the task that asked for it.
  ///
  /// - Parameter context: The sender's, if the record has one.
  func received(_ context: TraceContext?, from partition: TopicPartition, offset: Int64)
}

/// The time from a call of `send` or `enqueue` until it is known what became of the record.
public protocol SendingSpan: Sendable {
  /// Goes with the record.
  var context: TraceContext { get }
  /// Called once, on any thread: it must not block.
  func end(_ result: Result<RecordMetadata, any Error>)
}

extension ConsumerRecord {
  /// Of the one that sent the record; `nil` where it has none, or none that can be read.
  public var traceContext: TraceContext? { TraceContext(in: headers) }
}
