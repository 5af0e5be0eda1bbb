import Glibc
import Transport

/// What the transport may be told. Defaults are Kafka's where Kafka has one; limits that Kafka lacks
/// are of LogEngine/DURABILITY.md §6 (A1, B1 to B4).
package struct ServerConfiguration: Sendable {
  package var listeners: [ListenerConfiguration]
  package var eventLoops = min(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 3)

  /// What may change while the server runs. Asked for each connection that comes, each read and each
  /// sweep: it must be cheap.
  package var limits: @Sendable () -> ServerLimits = { ServerLimits() }

  /// `socket.send.buffer.bytes`, `socket.receive.buffer.bytes`; the system decides when not positive.
  package var socketSendBufferBytes = -1
  package var socketReceiveBufferBytes = -1
  package var backlog: Int32 = 512

  /// Connections that only loopback clients may take, so that an operator gets in when all else is
  /// full.
  package var connectionsKeptForLoopback = 8
  /// How long a frame may be in coming.
  package var maxPartialFrameMilliseconds: Int64 = 30_000
  /// How long a peer may take no byte of what it was sent.
  package var maxStallMilliseconds: Int64 = 60_000
  /// The same while responses that nobody takes fill the memory that others need.
  package var maxStallWhenMemoryIsShortMilliseconds: Int64 = 5_000
  /// The same when others wait for that memory.
  package var maxStallWhenMemoryIsExhaustedMilliseconds: Int64 = 2_000
  /// How often the times above are looked at.
  package var sweepMilliseconds: Int64 = 1_000

  package var connectionLimits = ConnectionLimits()

  /// Bytes of frames being handled and responses unsent, over all connections.
  package var memoryBudgetBytes = 128 << 20
  /// Whether something behind the handler (the storage's write queue) asks for no more requests.
  /// Called often, from every event loop: it must be cheap.
  package var isUnderPressure: @Sendable () -> Bool = { false }

  package init(listeners: [ListenerConfiguration]) {
    self.listeners = listeners
  }
}

extension ServerConfiguration {
  var socketOptions: ListeningSocket.Options {
    var options = ListeningSocket.Options()
    options.backlog = backlog
    options.receiveBufferBytes = socketReceiveBufferBytes
    options.sendBufferBytes = socketSendBufferBytes
    return options
  }
}
