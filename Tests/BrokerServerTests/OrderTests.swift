import Testing

@testable import BrokerServer

extension ServerTests {
  @Suite("Order") struct Order {
    @Test("answers given in any order from other threads leave in request order")
    func outOfOrder() throws {
      try withServer { port, broker, _ in
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(seed)
        let client = try RawClient(port: port)
        for _ in 0..<20 {
          let texts = (0..<50).map { "p\($0)" }
          try client.send(texts.flatMap(RawClient.frame))
          let requests = try broker.waiting.take(50)
          for request in requests.shuffled(using: &random) { request.answer(request.text) }
          for text in texts { #expect(try client.receiveText() == text, "seed \(seed)") }
        }
      }
    }

    @Test("a request that is not pipelined waits for all before it and holds up all behind it")
    func barrier() throws {
      try withServer { port, broker, _ in
        let client = try RawClient(port: port)
        try client.send(["p1", "p2", "w3", "p4", "e5"].flatMap(RawClient.frame))
        let both = try broker.waiting.take(2)
        both[1].answer("2")
        #expect(broker.waiting.isEmpty)
        both[0].answer("1")
        let alone = try broker.waiting.take(1)
        #expect(alone[0].text == "w3")
        #expect(try client.receiveText() == "1")
        #expect(try client.receiveText() == "2")
        #expect(broker.waiting.isEmpty)
        alone[0].answer("3")
        try broker.waiting.take(1)[0].answer("4")
        #expect(try ["3", "4", "e5"] == (0..<3).map { _ in try client.receiveText() })
      }
    }

    @Test("a request without an answer sends nothing; one that closes does so in its turn")
    func noneAndClose() throws {
      try withServer { port, broker, server in
        let client = try RawClient(port: port)
        try client.send(["n", "e1", "p2", "x3", "e4"].flatMap(RawClient.frame))
        try broker.waiting.take(1)[0].answer("2")
        #expect(try client.receiveText() == "e1")
        #expect(try client.receiveText() == "2")
        #expect(try client.isClosed())
        #expect(try broker.closed.take(1).count == 1)
        #expect(server.metrics.connectionsClosedByError == 1)
      }
    }

    @Test("thousands of requests in one write are answered, and none recurses into the next")
    func manyAtOnce() throws {
      try withServer { port, _, _ in
        let client = try RawClient(port: port)
        let frames = (0..<20_000).flatMap { RawClient.frame("e\($0)") }
        try client.send(frames)
        for number in 0..<20_000 {
          guard try client.receiveText() == "e\(number)" else {
            Issue.record("answer \(number) is another's")
            return
          }
        }
      }
    }
  }
}
