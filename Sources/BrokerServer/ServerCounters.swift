import Synchronization

/// The counters behind `ServerMetrics`. Each stands alone; a reading of all is not one moment.
final class ServerCounters: Sendable {
  let connections = Atomic<Int>(0)
  let accepted = Atomic<Int>(0)
  let refused = Atomic<Int>(0)
  let closedByError = Atomic<Int>(0)
  let requests = Atomic<Int>(0)
  let bytesReceived = Atomic<Int>(0)
  let bytesSent = Atomic<Int>(0)

  func metrics(memoryBytes: Int) -> ServerMetrics {
    ServerMetrics(
      connections: connections.load(ordering: .relaxed),
      acceptedConnections: accepted.load(ordering: .relaxed),
      refusedConnections: refused.load(ordering: .relaxed),
      connectionsClosedByError: closedByError.load(ordering: .relaxed),
      requests: requests.load(ordering: .relaxed),
      bytesReceived: bytesReceived.load(ordering: .relaxed),
      bytesSent: bytesSent.load(ordering: .relaxed),
      memoryBytes: memoryBytes)
  }
}
