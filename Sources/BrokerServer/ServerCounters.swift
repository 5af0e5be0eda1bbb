import Counters

/// What the server counts.
struct ServerCounters: Sendable {
  let connections: Counter
  let accepted: Counter
  /// Turned away by a limit, and for want of a descriptor.
  let refusedByLimit: Counter
  let refusedBySystem: Counter
  let closedByError: Counter
  let requests: Counter
  let bytesReceived: Counter
  let bytesSent: Counter

  init(_ counters: CounterRegistry, _ budget: MemoryBudget) {
    connections = counters.level(CounterName("acta_connections"))
    accepted = counters.total(CounterName("acta_connections_accepted_total"))
    let refused = "acta_connections_refused_total"
    refusedByLimit = counters.total(CounterName(refused, ["reason": "limit"]))
    refusedBySystem = counters.total(CounterName(refused, ["reason": "system"]))
    closedByError = counters.total(
      CounterName("acta_connections_closed_total", ["reason": "error"]))
    requests = counters.total(CounterName("acta_requests_total"))
    bytesReceived = counters.total(CounterName("acta_received_bytes_total"))
    bytesSent = counters.total(CounterName("acta_sent_bytes_total"))
    // Whoever reads the numbers does not keep the server.
    counters.level(CounterName("acta_memory_budget_bytes", ["state": "used"])) { [weak budget] in
      budget?.usedBytes ?? 0
    }
  }

  func metrics(memoryBytes: Int) -> ServerMetrics {
    ServerMetrics(
      connections: connections.value, acceptedConnections: accepted.value,
      refusedConnections: refusedByLimit.value + refusedBySystem.value,
      connectionsClosedByError: closedByError.value, requests: requests.value,
      bytesReceived: bytesReceived.value, bytesSent: bytesSent.value, memoryBytes: memoryBytes)
  }
}
