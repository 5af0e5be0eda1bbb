import Broker
import Bytes
import Testing
import Threads
import Transport

@testable import BrokerServer

@Suite("Connections without sockets") struct LocalConnectionTests {
  private let broker = FakeBroker()
  private let connections: LocalConnections
  /// What was answered, in the order in which it was: the text, `-` for nothing, `!` and why it closed.
  private let answers = Arrivals<String>()

  init() { connections = LocalConnections(handler: broker) }

  private func connect() throws -> LocalConnection { try #require(connections.connect()) }

  private func send(_ texts: String..., on connection: LocalConnection) {
    for text in texts {
      connection.send(ByteSlice(Array(text.utf8))) { [answers] in answers.add(Self.text($0)) }
    }
  }

  private static func text(_ reply: Reply) -> String {
    switch reply {
    case .frame(let response):
      let body = [UInt8](response).dropFirst(MemoryLayout<Int32>.size)
      return String(decoding: body, as: UTF8.self)
    case .none: return "-"
    case .close(let reason): return "!\(reason)"
    }
  }

  private func shutdown(graceMilliseconds: Int64 = 0) {
    connections.shutdown(by: Clock.monotonicMilliseconds() + graceMilliseconds)
  }

  @Test("answers given in any order from other threads come in request order")
  func outOfOrder() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(seed)
    let connection = try connect()
    for _ in 0..<20 {
      let texts = (0..<50).map { "p\($0)" }
      for text in texts { send(text, on: connection) }
      for request in try broker.waiting.take(50).shuffled(using: &random) {
        request.answer(request.text)
      }
      #expect(try answers.take(50) == texts, "seed \(seed)")
    }
    shutdown()
  }

  @Test("a request that is not pipelined waits for all before it and holds up all behind it")
  func barrier() throws {
    let connection = try connect()
    send("p1", "p2", "w3", "p4", "e5", on: connection)
    let both = try broker.waiting.take(2)
    both[1].answer("2")
    #expect(broker.waiting.isEmpty)
    both[0].answer("1")
    let alone = try broker.waiting.take(1)
    #expect(alone[0].text == "w3")
    #expect(try answers.take(2) == ["1", "2"])
    #expect(broker.waiting.isEmpty)
    alone[0].answer("3")
    try broker.waiting.take(1)[0].answer("4")
    #expect(try answers.take(3) == ["3", "4", "e5"])
    shutdown()
  }

  @Test("a request that wants no answer is told so in its turn")
  func silence() throws {
    let connection = try connect()
    send("n", "p1", "n", "e2", "n", on: connection)
    #expect(try answers.take(1) == ["-"])
    try broker.waiting.take(1)[0].answer("1")
    #expect(try answers.take(4) == ["1", "-", "e2", "-"])
    shutdown()
  }

  @Test("a request that closes does so in its turn, and tells all behind it why")
  func closedByRequest() throws {
    let connection = try connect()
    send("p1", "x2", "e3", on: connection)
    try broker.waiting.take(1)[0].answer("1")
    #expect(try answers.take(3) == ["1", "!x2", "!x2"])
    #expect(try broker.closed.take(1).count == 1)
    send("e4", on: connection)
    #expect(try answers.take(1) == ["!x2"])
    shutdown()
  }

  @Test("whoever waits on a connection that is closed is told, and a late answer goes nowhere")
  func closedByUser() throws {
    let connection = try connect()
    send("w1", "e2", on: connection)
    let request = try broker.waiting.take(1)[0]
    connection.close()
    #expect(try answers.take(2) == ["!the connection was closed", "!the connection was closed"])
    #expect(try broker.closed.take(1) == [request.connection.id])
    request.answer("1")
    shutdown()
    #expect(answers.isEmpty)
  }

  @Test("a connection that is let go of is closed")
  func letGo() throws {
    var connection: LocalConnection? = try connect()
    send("w1", on: try #require(connection))
    let request = try broker.waiting.take(1)[0]
    connection = nil
    #expect(try broker.closed.take(1) == [request.connection.id])
    #expect(try answers.take(1) == ["!the connection was closed"])
    shutdown()
  }

  @Test("connections do not wait for one another, and the broker tells them apart")
  func several() throws {
    let (one, other) = try (connect(), connect())
    send("w1", on: one)
    send("e2", on: other)
    #expect(try answers.take(1) == ["e2"])
    send("w3", on: other)
    let requests = try broker.waiting.take(2)
    #expect(Set(requests.map(\.connection.id)).count == 2)
    #expect(Set(requests.map(\.connection.clientAddress)) == ["in process"])
    for request in requests { request.answer("done") }
    #expect(try answers.take(2) == ["done", "done"])
    shutdown()
  }

  @Test("a shutdown lets what runs be answered and nothing else")
  func drains() throws {
    let connection = try connect()
    send("w1", "e2", on: connection)
    let request = try broker.waiting.take(1)[0]
    let end = Arrivals<Bool>()
    let connections = connections
    WorkerThread.detached(name: "shutdown") {
      connections.shutdown(by: Clock.monotonicMilliseconds() + 60_000)
      end.add(true)
    }
    // The loop has been told to stop once nobody is let in any more.
    try waitUntil("the shutdown has begun") { connections.connect() == nil }
    request.answer("1")
    #expect(try answers.take(2) == ["1", "!the node has stopped"])
    #expect(try end.take(1) == [true])
    send("e3", on: connection)
    #expect(try answers.take(1) == ["!the node has stopped"])
  }

  @Test("who is not answered by the deadline is told that the connection was closed")
  func deadline() throws {
    let connection = try connect()
    send("w1", on: connection)
    let request = try broker.waiting.take(1)[0]
    shutdown()
    #expect(try answers.take(1) == ["!the connection was closed"])
    request.answer("late")
    #expect(answers.isEmpty)
    #expect(connections.connect() == nil)
    shutdown()
  }

  // MARK: On a loop of the asker's own

  /// A connection on a loop; answers that come on another thread have a `?` in front.
  private func resident(on thread: EventLoopThread) throws -> LoopBound<LoopConnection> {
    let connections = connections
    let connection = thread.loop.submit { loop in
      connections.connect(on: loop).map { LoopBound($0) }
    }
    return try #require(connection ?? nil)
  }

  private func send(
    _ texts: String..., on connection: LoopBound<LoopConnection>, of thread: EventLoopThread
  ) {
    thread.loop.execute { [answers, loop = thread.loop] in
      for text in texts {
        connection.value.send(ByteSlice(Array(text.utf8))) { reply in
          answers.add((loop.isCurrent ? "" : "?") + Self.text(reply))
        }
      }
    }
  }

  @Test("on the asker's loop requests are dealt with there, in order, and answers come there")
  func onOwnLoop() throws {
    let thread = EventLoopThread(name: "asker")
    let connection = try resident(on: thread)
    send("e1", "w2", "n", "e3", on: connection, of: thread)
    #expect(try answers.take(1) == ["e1"])
    try broker.waiting.take(1)[0].answer("2")
    #expect(try answers.take(3) == ["2", "-", "e3"])
    thread.loop.execute { connection.value.close() }
    #expect(try broker.closed.take(1).count == 1)
    send("e4", on: connection, of: thread)
    #expect(try answers.take(1) == ["!the connection was closed"])
    shutdown()
    thread.stop()
  }

  @Test("a shutdown ends what is on others' loops, and waits for none that has stopped")
  func shutdownElsewhere() throws {
    let (thread, gone) = (EventLoopThread(name: "asker"), EventLoopThread(name: "gone"))
    let connection = try resident(on: thread)
    let left = try resident(on: gone)
    send("w1", on: left, of: gone)
    send("w2", on: connection, of: thread)
    _ = try broker.waiting.take(2)
    gone.stop()
    shutdown()
    #expect(try answers.take(1) == ["!the connection was closed"])
    let isTurnedAway = thread.loop.submit { [connections] loop in
      connections.connect(on: loop) == nil
    }
    #expect(isTurnedAway == true)
    thread.stop()
    withExtendedLifetime(left) {}
  }

  @Test("a shutdown of none is nothing")
  func none() {
    shutdown()
    #expect(connections.connect() == nil)
  }
}
