import KafkaConfig
import Logging
import Synchronization
import Testing

@testable import ActaNode

@Suite("A node's life") struct LifecycleTests {
  @Test(
    "a run whose task is cancelled answers who waits, closes, and leaves everything in its file")
  func cancelled() async throws {
    let folder = try TemporaryFolder()
    let node = try ActaNode(folder.database)
    let run = Task { try await node.run() }
    let client = try NodeClient(of: node)
    let topic = try await client.createTopic("orders")
    for value in ["a", "b"] { _ = try await client.produce(value, to: topic) }
    let waiter = try NodeClient(of: node)
    async let waited = waiter.fetch(topic, from: 2, maxWaitMilliseconds: .max)
    await node.waitUntilFetchesWait(1)
    run.cancel()
    #expect(try await waited == [])
    try await run.value
    await #expect(throws: ActaNode.Connection.Closed(reason: "the node has stopped")) {
      try await client.topics()
    }
    #expect(throws: ActaNode.Connection.Closed.self) { try node.connect() }

    let again = try ActaNode(folder.database)
    #expect(try await NodeClient(of: again).fetch(topic) == ["a", "b"])
    try await again.shutdown()
  }

  @Test("a run whose task was cancelled before it began stops all the same")
  func cancelledBefore() async throws {
    let node = try ActaNode(.memory)
    let (began, begin) = AsyncStream<Void>.makeStream()
    let run = Task {
      for await _ in began {}
      try await node.run()
    }
    run.cancel()
    begin.finish()
    try await run.value
    #expect(throws: ActaNode.Connection.Closed.self) { try node.connect() }
  }

  @Test("a run returns when somebody else shuts the node down, and a second shutdown is nothing")
  func shutdown() async throws {
    let node = try ActaNode(.memory)
    async let run: Void = node.run()
    try await node.shutdown()
    try await run
    try await node.shutdown()
    try await node.run()
  }

  @Test("a run ends with the reason when the log stops by itself, whoever waits")
  func storageFailure() async throws {
    let node = try ActaNode(.memory)
    let reasons = Mutex<[String]>([])
    node.observeFailure { reason in reasons.withLock { $0.append(reason) } }
    let client = try NodeClient(of: node)
    let topic = try await client.createTopic("orders")
    let waited = Task { try await client.fetch(topic, maxWaitMilliseconds: .max) }
    await node.waitUntilFetchesWait(1)
    let run = Task { try await node.run() }
    node.parts.ended("the disk is gone")
    await #expect(throws: ActaNode.Failure.storage("the disk is gone")) { try await run.value }
    _ = try? await waited.value
    #expect(reasons.withLock(\.self) == ["the disk is gone"])
    node.observeFailure { reason in reasons.withLock { $0.append("later: \(reason)") } }
    #expect(reasons.withLock(\.self).last == "later: the disk is gone")
  }

  @Test("a node that is let go of gives its file back")
  func letGo() async throws {
    let folder = try TemporaryFolder()
    var node: ActaNode? = try ActaNode(folder.database)
    let client = try NodeClient(of: #require(node))
    let topic = try await client.createTopic("orders")
    _ = try await client.produce("a", to: topic)
    node = nil
    let again = try ActaNode(folder.database)
    #expect(try await NodeClient(of: again).fetch(topic) == ["a"])
    try await again.shutdown()
  }

  @Test("a file that another node has open is refused, and stays the other's")
  func inUse() async throws {
    let folder = try TemporaryFolder()
    let node = try ActaNode(folder.database)
    let failure = #expect(throws: ActaNode.Failure.self) { try ActaNode(folder.database) }
    guard case .opening(let reason) = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(reason.contains("is in use by the process with pid"))
    #expect(try await NodeClient(of: node).topics() == [])
    try await node.shutdown()
  }

  @Test("a port that is taken is refused, and the file is given back")
  func portTaken() async throws {
    let node = try ActaNode(
      .memory, settings: ["listeners": "PLAINTEXT://127.0.0.1:0"], listening: true)
    let port = try #require(node.ports["PLAINTEXT"])
    let folder = try TemporaryFolder()
    let failure = #expect(throws: ActaNode.Failure.self) {
      try ActaNode(
        folder.database, settings: ["listeners": "PLAINTEXT://127.0.0.1:\(port)"],
        listening: true)
    }
    guard case .listening(let reason) = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(reason.hasPrefix("Socket server failed to bind to 127.0.0.1:\(port)"))
    try await ActaNode(folder.database).shutdown()
    try await node.shutdown()
  }

  @Test("a setting that is unknown or refused is named")
  func refusedSettings() {
    let unknown = #expect(throws: ActaNode.Failure.self) {
      try ActaNode(.memory, settings: ["num.partition": "1"])
    }
    #expect(
      unknown
        == .configuration(
          "Unknown configuration num.partition (settings of the program); did you mean"
            + " num.partitions?"))
    let refused = #expect(throws: ActaNode.Failure.self) {
      try ActaNode(.memory, settings: ["num.partitions": "many"])
    }
    #expect(refused?.description.contains("num.partitions") == true)
  }

  @Test("what a node says goes to the program's function")
  func log() async throws {
    let lines = Lines()
    let node = try ActaNode(
      .memory, settings: ["zookeeper.connect": "z"], log: { lines.add("\($0): \($1)") })
    #expect(lines.texts == ["info: ignored: zookeeper.connect"])
    try await node.shutdown()
  }

  private final class Lines: Sendable {
    private let state = Mutex<[String]>([])
    var texts: [String] { state.withLock(\.self) }
    func add(_ text: String) { state.withLock { $0.append(text) } }
  }
}
