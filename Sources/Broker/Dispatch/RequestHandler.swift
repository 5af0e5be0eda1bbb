package import Bytes

// The seam between the transport and what requests mean. `BrokerServer` owns sockets, order and
// back-pressure; `Broker` owns meaning. Neither knows the other beyond these types.

/// What a connection is, as far as handlers need to know.
package struct ConnectionContext: Sendable {
  package let id: UInt64
  /// The listener that the client came in on: Metadata answers with its advertised address.
  package let listenerName: String
  /// `/127.0.0.1`: the form in which Kafka shows a client's host.
  package let clientAddress: String
  package let executor: any ConnectionExecutor
  package let pace = ClientPace()
  /// What its requests have told of the client so far.
  package let identity = ConnectionIdentity()

  package init(
    id: UInt64, listenerName: String, clientAddress: String, executor: any ConnectionExecutor
  ) {
    self.id = id
    self.listenerName = listenerName
    self.clientAddress = clientAddress
    self.executor = executor
  }
}

/// The thread that owns a connection.
package protocol ConnectionExecutor: Timers {
  /// Runs `body` later on the owning thread. Many calls from other threads wake it once.
  func execute(_ body: @escaping @Sendable () -> Void)

  /// Whether this is the owning thread.
  var isCurrent: Bool { get }
}

extension ConnectionExecutor {
  /// At once on the owning thread, later from any other: answers are made and encoded where they leave,
  /// because whoever brings a result (the writer, the thread that syncs, a reader) has others to serve.
  func run(_ body: @escaping @Sendable () -> Void) {
    if isCurrent { body() } else { execute(body) }
  }
}

/// A clock that never jumps, and calls when it has come to a certain point.
package protocol Timers: Sendable {
  /// Runs `body` on a thread of its own, which must not be held up.
  func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping @Sendable () -> Void
  ) -> any Cancellable
  /// Monotonic.
  var nowMilliseconds: Int64 { get }
}

package protocol Cancellable: Sendable {
  func cancel()
}

/// What to do with the connection once a request has been dealt with.
package enum Reply: Sendable {
  /// The whole response, size prefix included.
  case frame(BytePieces)
  /// Nothing is sent (Produce with acks=0).
  case none
  /// Close the connection, with one log line.
  case close(reason: String)
}

package protocol RequestHandler: Sendable {
  /// Deals with one frame (without its size prefix); called on the connection's own thread.
  /// `reply` is called exactly once, at once or later, on any thread.
  /// The frame of a request that is not pipelined is let go of before this returns, since its answer
  /// may wait for minutes.
  func handle(
    _ frame: ByteSlice, on connection: ConnectionContext,
    reply: @escaping @Sendable (Reply) -> Void)

  /// Whether the request may start while earlier requests of its connection that are pipelined too
  /// still run. Any other request starts when all earlier ones have been answered.
  func isPipelined(_ frame: ByteSlice) -> Bool

  /// The connection is gone; what is parked for it can be dropped.
  func connectionClosed(_ connection: ConnectionContext)
}
