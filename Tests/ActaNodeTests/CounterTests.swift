import ActaNode
import Counters
import KafkaWire
import Testing

/// What an exporter walks.
@Suite("A node's counters") struct CounterTests {
  /// What a node without records has: tables, and free pages of those that migrations have replaced.
  private let known: Set = [
    "acta_cache_limit_bytes", "acta_storage_file_bytes", "acta_storage_free_bytes",
  ]

  private func values(of node: ActaNode) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: node.counters.readings.map { ("\($0.name)", $0.value) })
  }

  @Test("are all in one place, each by one name, and count what was done")
  func walk() async throws {
    let node = try ActaNode(
      .memory, settings: ["listeners": "PLAINTEXT://127.0.0.1:0"], listening: true)
    let before = values(of: node)
    #expect(
      before.keys.sorted() == [
        "acta_cache_bytes", "acta_cache_evictions_total", "acta_cache_hits_total",
        "acta_cache_limit_bytes", "acta_cache_misses_total", "acta_connections",
        "acta_connections_accepted_total",
        "acta_connections_closed_total{reason=\"error\"}",
        "acta_connections_refused_total{reason=\"limit\"}",
        "acta_connections_refused_total{reason=\"system\"}", "acta_fetches_waiting",
        "acta_memory_budget_bytes{state=\"used\"}", "acta_received_bytes_total",
        "acta_requests_total", "acta_sent_bytes_total", "acta_storage_file_bytes",
        "acta_storage_free_bytes", "acta_storage_live_bytes", "acta_storage_log_bytes",
        "acta_writer_queue_bytes", "acta_writer_queue_requests",
      ])
    // A new file has tables, which may have been measured already.
    #expect(before.allSatisfy { $0.value == 0 || known.contains($0.key) })
    #expect(before["acta_cache_limit_bytes"] == 64 << 20)
    let client = try NodeClient(of: node)
    let topic = try await client.createTopic("orders")
    _ = try await client.produce("a", to: topic)
    #expect(try await client.fetch(topic) == ["a"])
    let after = values(of: node)
    #expect(after["acta_cache_hits_total"] == 1)
    #expect(after["acta_cache_bytes"].map { $0 > 0 } == true)
    #expect(after["acta_cache_misses_total"] == 0)
    try await node.shutdown()
  }

  @Test("have names that Prometheus takes; what only grows ends in _total, and nothing else does")
  func names() async throws {
    let node = try ActaNode(
      .memory, settings: ["listeners": "PLAINTEXT://127.0.0.1:0"], listening: true)
    for reading in node.counters.readings {
      let name = reading.name.name
      #expect(name.hasPrefix("acta_"))
      #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
      #expect(name.hasSuffix("_total") == (reading.kind == .total), "\(name)")
    }
    try await node.shutdown()
  }

  @Test("of two nodes in one process are two")
  func two() async throws {
    let nodes = try (0..<2).map { _ in try ActaNode(.memory) }
    let client = try NodeClient(of: nodes[0])
    let topic = try await client.createTopic("orders")
    _ = try await client.produce("a", to: topic)
    #expect(try await client.fetch(topic) == ["a"])
    #expect(values(of: nodes[0])["acta_cache_hits_total"] == 1)
    #expect(
      values(of: nodes[1]).allSatisfy { $0.value == 0 || known.contains($0.key) })
    for node in nodes { try await node.shutdown() }
  }
}
