import Synchronization
import Testing

@testable import BrokerServer

extension ServerTests {
  @Suite("Back-pressure") struct BackPressure {
    @Test("a peer that reads nothing is not read from, and gets everything when it reads")
    func slowReader() throws {
      try withServer { port, broker, server in
        let client = try RawClient(port: port, receiveBuffer: 65_536)
        let request = RawClient.frame("b65536" + String(repeating: "x", count: 16_378))
        var sent = 0
        while sent < 200 << 20 {
          let rest = Array(request[(sent % request.count)...])
          let count = try client.offer(rest, forMilliseconds: 300)
          if count == 0 { break }
          sent += count
        }
        #expect(sent < 200 << 20, "the server reads on")
        // Unsent responses, and what was read and not started: the receive buffer at most.
        #expect(server.metrics.memoryBytes < 256 << 10 + 65_540 + 2 << 20)
        // It may have taken some more since reading stopped, but not so much that it would go on.
        #expect(server.metrics.memoryBytes >= 512 << 10)
        let handled = broker.handled.load(ordering: .relaxed)
        #expect(handled < sent / request.count)
        for _ in 0..<sent / request.count {
          guard try client.receiveFrame()?.count == 65_536 else {
            Issue.record("an answer is missing")
            return
          }
        }
      }
    }

    @Test("requests beyond the bound are neither started nor read")
    func requestBound() throws {
      try withServer { port, broker, _ in
        let client = try RawClient(port: port)
        try client.send((0..<100).flatMap { RawClient.frame("p\($0)") })
        let first = try broker.waiting.take(64)
        #expect(broker.waiting.isEmpty)
        for request in first { request.answer("") }
        for request in try broker.waiting.take(36) { request.answer("") }
        for _ in 0..<100 { #expect(try client.receiveText() == "") }
      }
    }

    @Test("while memory is used up others are not served, and they are when it is free")
    func memory() throws {
      try withServer(.test.with(\.memoryBudgetBytes, 1_000)) { port, broker, server in
        let hog = try RawClient(port: port)
        try hog.sendFrame("p" + String(repeating: "x", count: 1_000))
        let held = try broker.waiting.take(1)
        try waitUntil("memory is used up") { server.metrics.memoryBytes > 1_000 }
        let other = try RawClient(port: port)
        try other.sendFrame("w1")
        // It comes in before the connection has looked at the budget, and is the last that does.
        try broker.waiting.take(1)[0].answer("1")
        #expect(try other.receiveText() == "1")
        try other.sendFrame("e2")
        #expect(try other.isSilent(forMilliseconds: 100))
        held[0].answer("done")
        #expect(try hog.receiveText() == "done")
        #expect(try other.receiveText() == "e2")
        try waitUntil("memory is free") { server.metrics.memoryBytes == 0 }
      }
    }

    @Test("half-read requests that use up all memory still complete, one after another")
    func overdraft() throws {
      try withServer(.test.with(\.memoryBudgetBytes, 100_000)) { port, _, server in
        let clients = try (0..<20).map { _ in try RawClient(port: port) }
        let frame = RawClient.frame("b1" + String(repeating: "x", count: 20_000))
        for client in clients { try client.send(Array(frame[..<10_000])) }
        try waitUntil("memory is used up") { server.metrics.memoryBytes >= 100_000 }
        for client in clients { try client.send(Array(frame[10_000...])) }
        for client in clients { #expect(try client.receiveText() == ".") }
      }
    }

    @Test("pressure from behind the handler stops reading until it eases")
    func pressure() throws {
      let isPressed = Flag()
      try withServer(.test.with(\.isUnderPressure, { isPressed.value })) { port, _, _ in
        let client = try RawClient(port: port)
        try client.sendFrame("e1")
        #expect(try client.receiveText() == "e1")
        isPressed.value = true
        try client.sendFrame("e2")
        try client.sendFrame("e3")
        #expect(try client.isSilent(forMilliseconds: 100) || client.receiveText() == "e2")
        isPressed.value = false
        #expect(try client.receiveText().map { ["e2", "e3"].contains($0) } == true)
      }
    }
  }
}
