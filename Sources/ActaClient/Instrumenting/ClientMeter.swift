/// Takes a client's numbers to wherever a program keeps such. Called on the client's thread and on those of callers,
/// once for a batch or a request and not for each record: it must not block.
public protocol ClientMeter: Sendable {
  /// So much more has happened.
  func count(_ counter: ClientCounter, by amount: Int, of subject: ClientSubject)
  /// It is so much now; of latencies each is told.
  func measure(_ measure: ClientMeasure, _ value: Int64, of subject: ClientSubject)
}

/// What only grows.
public enum ClientCounter: String, CaseIterable, Sendable {
  /// Acknowledged; with `acks=0`, sent.
  case recordsSent = "records.sent"
  /// Given up: refused, or not acknowledged in time.
  case recordsFailed = "records.failed"
  /// Sent again.
  case recordsRetried = "records.retried"
  /// Each time that one is sent counts.
  case batchesSent = "batches.sent"
  /// Of batches as they were sent, compressed if they are.
  case bytesSent = "bytes.sent"
  /// Given to the program.
  case recordsConsumed = "records.consumed"
  /// Of batches as they came.
  case bytesFetched = "bytes.fetched"
}

/// What goes up and down.
public enum ClientMeasure: String, CaseIterable, Sendable {
  /// From sending a request to its answer; a fetch may wait at the broker.
  case requestLatencyMicroseconds = "request.latency.us"
  /// Of `buffer.memory`, what is in use.
  case bufferBytes = "buffer.bytes"
  /// Records of a partition behind the program's position, as of the last fetch.
  case lag = "lag"
}

/// What a number is about.
public struct ClientSubject: Hashable, Sendable {
  /// `client.id`
  public var clientID: String
  /// `nil` where it is about no topic.
  public var topic: String?
  /// `nil` where it is about no partition.
  public var partition: Int32?
  /// Its address.
  public var broker: String?
  /// Of requests: `Produce`, `Fetch`, ….
  public var api: String?
}
