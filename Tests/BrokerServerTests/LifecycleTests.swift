import Broker
import Foundation
import Logging
import Testing

@testable import BrokerServer

extension ServerTests {
  @Suite("Lifecycle and limits") struct Lifecycle {
    @Test("port 0 reports the port bound, and every listener names its connections")
    func listeners() throws {
      var configuration = ServerConfiguration.test
      configuration.listeners.append(.init(name: "INTERNAL", host: "", port: 0))
      try withServer(configuration) { port, broker, _ in
        #expect(port > 0)
        let client = try RawClient(port: port)
        try client.sendFrame("w")
        let request = try broker.waiting.take(1)[0]
        #expect(request.connection.listenerName == "PLAINTEXT")
        #expect(request.connection.clientAddress == "/127.0.0.1")
        request.answer("")
      }
    }

    @Test("an empty host serves IPv4 clients and shows their IPv4 address")
    func allInterfaces() throws {
      try withServer(.test.with(\.listeners, [.init(name: "ALL", host: "", port: 0)])) {
        port, broker, _ in
        let client = try RawClient(port: port)
        try client.sendFrame("w")
        let request = try broker.waiting.take(1)[0]
        #expect(request.connection.listenerName == "ALL")
        #expect(request.connection.clientAddress == "/127.0.0.1")
        request.answer("")
      }
    }

    @Test("a port in use fails with Kafka's sentence, and listeners bound before it are closed")
    func bindFailure() throws {
      try withServer { port, _, _ in
        let second = ServerConfiguration(listeners: [
          .init(name: "A", host: "127.0.0.1", port: 0),
          .init(name: "B", host: "127.0.0.1", port: port),
        ])
        let server = BrokerServer(
          configuration: second, handler: FakeBroker(), logger: .disabled)
        let error = #expect(throws: ServerError.self) { try server.start() }
        #expect(
          error?.description
            == "Socket server failed to bind to 127.0.0.1:\(port): Address already in use.")
      }
    }

    @Test("an empty host is called 0.0.0.0, and an unknown one unresolved")
    func bindFailureNames() throws {
      try withServer(.test.with(\.listeners, [.init(name: "ALL", host: "", port: 0)])) {
        port, _, _ in
        #expect(
          failure(host: "", port: port)
            == "Socket server failed to bind to 0.0.0.0:\(port): Address already in use.")
        #expect(
          failure(host: "no.such.host.invalid", port: 1)
            == "Socket server failed to bind to no.such.host.invalid:1: Unresolved address.")
      }
    }

    private func failure(host: String, port: Int) -> String? {
      let configuration = ServerConfiguration(listeners: [.init(name: "A", host: host, port: port)])
      let server = BrokerServer(
        configuration: configuration, handler: FakeBroker(), logger: .disabled)
      return #expect(throws: ServerError.self) { try server.start() }?.description
    }

    @Test("a peer that ends its sending gets all its answers, then the end")
    func halfClose() throws {
      try withServer { port, broker, server in
        let client = try RawClient(port: port)
        try client.send(["p1", "w2", "e3"].flatMap(RawClient.frame))
        client.endSending()
        try broker.waiting.take(1)[0].answer("1")
        try broker.waiting.take(1)[0].answer("2")
        #expect(try ["1", "2", "e3"] == (0..<3).map { _ in try client.receiveText() })
        #expect(try client.isClosed())
        #expect(server.metrics.connectionsClosedByError == 0)
      }
    }

    @Test("shutdown answers what runs, starts nothing more and closes")
    func gracefulShutdown() throws {
      // On one event loop, so that the idle connection's end shows that the other is told, too.
      try withServer(.test.with(\.eventLoops, 1)) { port, broker, server in
        let client = try RawClient(port: port)
        let idle = try RawClient(port: port)
        try client.send(["p1", "w2"].flatMap(RawClient.frame))
        let running = try broker.waiting.take(1)[0]
        let done = Arrivals<Bool>()
        Thread.detachNewThread {
          server.shutdown(graceMilliseconds: 10_000)
          done.add(true)
        }
        #expect(try idle.isClosed())
        running.answer("1")
        #expect(try client.receiveText() == "1")
        #expect(try client.isClosed())
        #expect(try done.take(1) == [true])
        #expect(broker.waiting.isEmpty)
        #expect(throws: RawClient.Failure.self) { try RawClient(port: port) }
      }
    }

    @Test("what is not answered within the grace is cut off, and its late answer does no harm")
    func graceOver() throws {
      try withServer { port, broker, server in
        let client = try RawClient(port: port)
        try client.sendFrame("p1")
        let running = try broker.waiting.take(1)[0]
        server.shutdown(graceMilliseconds: 10)
        #expect(try client.isClosed())
        #expect(try broker.closed.take(1) == [running.connection.id])
        running.answer("late")
      }
    }

    @Test("an answer for a connection that has gone is dropped, and its memory is free then")
    func lateAnswer() throws {
      try withServer { port, broker, server in
        let client = try RawClient(port: port)
        try client.sendFrame("p1")
        let running = try broker.waiting.take(1)[0]
        try client.send([0, 0, 0, 0])
        #expect(try client.isClosed())
        #expect(try broker.closed.take(1) == [running.connection.id])
        #expect(server.metrics.memoryBytes == 2 + ConnectionLimits().frameOverheadBytes)
        running.answer("late")
        try waitUntil("memory is free") { server.metrics.memoryBytes == 0 }
      }
    }

    @Test("work for a connection's thread runs in order, and cancelled work never")
    func executor() throws {
      try withServer { port, broker, _ in
        let client = try RawClient(port: port)
        try client.sendFrame("w")
        let request = try broker.waiting.take(1)[0]
        let executor = request.connection.executor
        let done = Arrivals<Int>()
        for number in 0..<500 { executor.execute { done.add(number) } }
        #expect(try done.take(500) == Array(0..<500))
        let before = executor.nowMilliseconds
        executor.schedule(afterMilliseconds: 5) { done.add(1) }.cancel()
        _ = executor.schedule(afterMilliseconds: 10) { done.add(2) }
        #expect(try done.take(1) == [2])
        #expect(executor.nowMilliseconds - before >= 9)
        request.answer("")
      }
    }

    @Test("connections beyond a limit are closed, and a place that is free again is given")
    func connectionLimits() throws {
      try withServer(.test.limited(\.maxConnectionsPerAddress, 2)) { port, broker, server in
        var clients = try [RawClient(port: port), RawClient(port: port)]
        for client in clients {
          try client.sendFrame("e")
          #expect(try client.receiveText() == "e")
        }
        #expect(try RawClient(port: port).isClosed())
        let elsewhere = try RawClient(port: port, source: "127.0.0.2")
        try elsewhere.sendFrame("e")
        #expect(try elsewhere.receiveText() == "e")
        clients.removeLast()
        _ = try broker.closed.take(1)
        let again = try RawClient(port: port)
        try again.sendFrame("e")
        #expect(try again.receiveText() == "e")
        #expect(server.metrics.refusedConnections == 1)
      }
    }

    @Test("idle connections, half requests and peers that take nothing are closed in time")
    func timeLimits() throws {
      var configuration = ServerConfiguration.test.limited(\.maxIdleMilliseconds, 60)
      configuration.maxPartialFrameMilliseconds = 30
      configuration.maxStallMilliseconds = 40
      configuration.sweepMilliseconds = 10
      try withServer(configuration) { port, broker, server in
        let idle = try RawClient(port: port)
        #expect(try idle.isClosed())
        #expect(server.metrics.connectionsClosedByError == 0)
        let half = try RawClient(port: port)
        try half.send([0])
        #expect(try half.isClosed())
        #expect(server.metrics.connectionsClosedByError == 1)
        let deaf = try RawClient(port: port)
        try deaf.sendFrame("b50000000")
        #expect(try broker.closed.take(3).count == 3)
        #expect(server.metrics.connectionsClosedByError == 2)
        #expect(server.metrics.memoryBytes == 0)
        withExtendedLifetime(deaf) {}
      }
    }
  }
}
