import ActaModel
import KafkaConfig
import KafkaWire
import Logging
import Testing

@testable import ActaNode

@Suite("Connections in process") struct ConnectionTests {
  @Test("a request without an answer is nil, and those behind it see what it did")
  func noAnswer() async throws {
    let node = try ActaNode(.memory)
    let client = try NodeClient(of: node)
    let topic = try await client.createTopic("orders")
    #expect(try await client.ask(NodeClient.writing("a", to: topic, acks: 0)) == nil)
    #expect(try await client.produce("b", to: topic).baseOffset == 1)
    #expect(try await client.fetch(topic) == ["a", "b"])
    try await node.shutdown()
  }

  @Test("a frame that is no request ends its connection and no other")
  func nonsense() async throws {
    let node = try ActaNode(.memory)
    let (client, other) = (try NodeClient(of: node), try NodeClient(of: node))
    await #expect(throws: ActaNode.Connection.Closed.self) {
      try await client.connection.send([1, 2, 3])
    }
    await #expect(throws: ActaNode.Connection.Closed.self) { try await client.topics() }
    #expect(try await other.topics() == [])
    try await node.shutdown()
  }

  @Test("closing a connection tells who waits on it")
  func close() async throws {
    let node = try ActaNode(.memory)
    let client = try NodeClient(of: node)
    let topic = try await client.createTopic("orders")
    let waited = Task { try await client.fetch(topic, maxWaitMilliseconds: .max) }
    await node.waitUntilFetchesWait(1)
    client.connection.close()
    await #expect(throws: ActaNode.Connection.Closed(reason: "the connection was closed")) {
      try await waited.value
    }
    await node.waitUntilFetchesWait(0)
    try await node.shutdown()
  }

  @Test("a task that is cancelled still waits for its answer, and those behind it get theirs")
  func cancelled() async throws {
    let node = try ActaNode(.memory)
    let client = try NodeClient(of: node)
    let topic = try await client.createTopic("orders")
    let waiting = Task { try await client.fetch(topic, maxWaitMilliseconds: .max) }
    await node.waitUntilFetchesWait(1)
    waiting.cancel()
    _ = try await NodeClient(of: node).produce("a", to: topic)
    #expect(try await waiting.value == ["a"])
    #expect(try await client.fetch(topic) == ["a"])
    try await node.shutdown()
  }

  @Test("a client is told the address of the first listener, or none that could be used")
  func address() async throws {
    let quiet = try ActaNode(.memory)
    let brokers = try await NodeClient(of: quiet).send(MetadataRequest()).brokers
    #expect(brokers.map(\.port) == [0])
    try await quiet.shutdown()
    let node = try ActaNode(
      .memory,
      settings: [
        "listeners": "A://127.0.0.1:0,B://127.0.0.1:0",
        "listener.security.protocol.map": "A:PLAINTEXT,B:PLAINTEXT",
        "inter.broker.listener.name": "A",
      ], listening: true)
    let told = try await NodeClient(of: node).send(MetadataRequest()).brokers
    #expect(told.map { Int($0.port) } == [node.ports["A"]])
    #expect(node.ports.count == 2)
    try await node.shutdown()
  }

  @Test("the audit trail's client is one in process")
  func clientAddress() async throws {
    let node = try ActaNode(.memory, settings: ["group.initial.rebalance.delay.ms": "0"])
    let client = try NodeClient(of: node)
    let topic = try await client.createTopic("orders")
    try await client.commit(0, of: topic, as: "billing")
    let described = try await client.send(DescribeGroupsRequest.with { $0.groups = ["billing"] })
    #expect(described.groups.flatMap(\.members).map(\.clientHost) == ["in process"])
    try await node.shutdown()
  }

  @Test("a change of the configuration holds for the next request on every connection")
  func liveConfig() async throws {
    let config = LiveConfig(try BrokerConfig())
    let node = try ActaNode(.memory, config: config, listening: false, logger: .disabled)
    let clients = [try NodeClient(of: node), try NodeClient(of: node)]
    let topic = try await clients[0].createTopic("orders")
    let value = String(repeating: "x", count: 100)
    for client in clients {
      #expect(try await client.produce(value, to: topic).errorCode == .none)
    }
    config.replace(with: try BrokerConfig(["message.max.bytes": "80"]))
    for client in clients {
      #expect(try await client.produce(value, to: topic).errorCode == .messageTooLarge)
    }
    try await node.shutdown()
  }
}
