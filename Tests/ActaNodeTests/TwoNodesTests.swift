import ActaModel
import ActaNode
import KafkaWire
import Testing

/// Two nodes in one process, which see nothing of each other.
@Suite("Two nodes in one process") struct TwoNodesTests {
  /// Groups do not wait for more members to come.
  private static let settings = ["group.initial.rebalance.delay.ms": "0"]

  private let nodes: [ActaNode]
  private let clients: [NodeClient]

  init() throws {
    nodes = try (0..<2).map { _ in try ActaNode(.memory, settings: Self.settings) }
    clients = try nodes.map { try NodeClient(of: $0) }
  }

  private func stop() async throws {
    for node in nodes { try await node.shutdown() }
  }

  @Test("each says what it serves, and that it is a cluster of its own")
  func identity() async throws {
    var ids: Set<String?> = []
    for client in clients {
      let versions = try await client.send(
        ApiVersionsRequest.with { request in
          request.clientSoftwareName = "acta-tests"
          request.clientSoftwareVersion = "1"
        })
      #expect(versions.errorCode == .none)
      #expect(versions.apiKeys.count == APIVersionTable.served.count)
      ids.insert(try await client.send(MetadataRequest.with { $0.topics = [] }).clusterID)
    }
    #expect(ids.count == 2)
    try await stop()
  }

  @Test("topics of one name are two, with records of their own")
  func topics() async throws {
    let orders = try await clients[0].createTopic("orders")
    #expect(try await clients[0].topics() == ["orders"])
    #expect(try await clients[1].topics() == [])
    let others = try await clients[1].createTopic("orders")
    #expect(orders != others)
    for value in ["a", "b"] {
      #expect(try await clients[0].produce(value, to: orders).errorCode == .none)
    }
    #expect(try await clients[1].produce("c", to: others).baseOffset == 0)
    #expect(try await clients[0].fetch(orders) == ["a", "b"])
    #expect(try await clients[1].fetch(others) == ["c"])
    try await stop()
  }

  @Test("a fetch that waits is answered by a record of its own node")
  func longPoll() async throws {
    let topics = [
      try await clients[0].createTopic("orders"), try await clients[1].createTopic("orders"),
    ]
    let waiters = try nodes.map { try NodeClient(of: $0) }
    async let first = waiters[0].fetch(topics[0], maxWaitMilliseconds: .max)
    async let second = waiters[1].fetch(topics[1], maxWaitMilliseconds: .max)
    for node in nodes { await node.waitUntilFetchesWait(1) }
    _ = try await clients[0].produce("a", to: topics[0])
    #expect(try await first == ["a"])
    await nodes[1].waitUntilFetchesWait(1)
    _ = try await clients[1].produce("b", to: topics[1])
    #expect(try await second == ["b"])
    try await stop()
  }

  @Test("groups of one name are two, with positions of their own")
  func groups() async throws {
    let orders = try await clients[0].createTopic("orders")
    let others = try await clients[1].createTopic("orders")
    _ = try await clients[0].produce("a", to: orders)
    try await clients[0].commit(1, of: orders, as: "billing")
    #expect(try await clients[0].committed(of: orders, by: "billing") == 1)
    #expect(try await clients[1].committed(of: others, by: "billing") == -1)
    let listed = try await clients[1].send(ListGroupsRequest())
    #expect(listed.groups.map(\.groupID) == [])
    try await stop()
  }

  @Test("the end of one is nothing to the other")
  func ends() async throws {
    let others = try await clients[1].createTopic("orders")
    try await nodes[0].shutdown()
    #expect(try await clients[1].produce("a", to: others).errorCode == .none)
    #expect(try await clients[1].fetch(others) == ["a"])
    try await stop()
  }

  @Test("what one was configured with is nothing to the other")
  func settings() async throws {
    let strict = try ActaNode(.memory, settings: ["message.max.bytes": "80"])
    let client = try NodeClient(of: strict)
    let value = String(repeating: "x", count: 100)
    let refused = try await client.produce(value, to: try await client.createTopic("orders"))
    #expect(refused.errorCode == .messageTooLarge)
    let orders = try await clients[0].createTopic("orders")
    #expect(try await clients[0].produce(value, to: orders).errorCode == .none)
    try await strict.shutdown()
    try await stop()
  }
}
