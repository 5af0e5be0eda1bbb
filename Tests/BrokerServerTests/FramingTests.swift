import Testing

@testable import BrokerServer

extension ServerTests {
  @Suite("Framing") struct Framing {
    @Test("a request split at any byte is answered")
    func splitAnywhere() throws {
      try withServer { port, _, _ in
        let client = try RawClient(port: port)
        let frame = RawClient.frame("echo this")
        for split in 0...frame.count {
          try client.send(Array(frame[..<split]))
          try client.send(Array(frame[split...]))
          #expect(try client.receiveText() == "echo this")
        }
      }
    }

    @Test("a large request arrives whole, and its memory is given back")
    func largeFrame() throws {
      try withServer { port, _, server in
        let client = try RawClient(port: port)
        let text = "b3" + String(repeating: "x", count: 40 << 20)
        try client.sendFrame(text)
        #expect(try client.receiveText() == "...")
        try client.sendFrame("e")
        #expect(try client.receiveText() == "e")
        try waitUntil("memory is free") { server.metrics.memoryBytes == 0 }
        #expect(server.metrics.bytesReceived == text.utf8.count + 4 + 5)
      }
    }

    @Test(
      "a size that no request has closes that connection and no other",
      arguments: [0, -1, .min, 1_001, .max] as [Int32])
    func illegalSize(size: Int32) throws {
      try withServer(.test.limited(\.maxRequestBytes, 1_000)) { port, _, server in
        let other = try RawClient(port: port)
        let client = try RawClient(port: port)
        try client.send(withUnsafeBytes(of: size.bigEndian) { Array($0) })
        #expect(try client.isClosed())
        try other.sendFrame("e" + String(repeating: "x", count: 999))
        #expect(try other.receiveText()?.count == 1_000)
        #expect(server.metrics.connectionsClosedByError == 1)
      }
    }

    @Test("1,000 peers that claim the largest request and send a byte cost at most 64 MB")
    func claims() throws {
      try raiseFileLimit(to: 4_096)
      try withServer(.test.limited(\.maxConnectionsPerAddress, 2_000)) { port, _, server in
        let before = residentBytes()
        let claim = withUnsafeBytes(of: Int32(104_857_600).bigEndian) { Array($0) } + [1]
        let clients = try (0..<1_000).map { _ in
          let client = try RawClient(port: port)
          try client.send(claim)
          return client
        }
        try waitUntil("all bytes came in") { server.metrics.bytesReceived == 5_000 }
        #expect(residentBytes() - before <= 64 << 20)
        withExtendedLifetime(clients) {}
      }
    }
  }
}
