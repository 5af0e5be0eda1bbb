package import Broker
package import Bytes

/// A connection without a socket on the loop of whoever asks. Only that loop touches it.
package final class LoopConnection {
  private let requests: LocalRequests

  init(_ requests: LocalRequests) { self.requests = requests }

  /// As `LocalConnection.send`; `reply` is called on the loop, perhaps before this returns, as long as the loop runs.
  package func send(_ frame: ByteSlice, reply: @escaping @Sendable (Reply) -> Void) {
    requests.take(frame, Question(reply))
  }

  package func close() { requests.close() }
}
