import Synchronization
import Testing
import Transport

@testable import BrokerServer

@Suite("Connection registry") struct ConnectionRegistryTests {
  @Test("the last places are kept for loopback, and no address takes more than its share")
  func limits() throws {
    let configuration = ServerConfiguration(listeners: [])
      .limited(\.maxConnections, 6).limited(\.maxConnectionsPerAddress, 3)
      .with(\.connectionsKeptForLoopback, 1)
    let registry = ConnectionRegistry(configuration)
    let (near, one, two) = try (address("127.0.0.1"), address("10.0.0.1"), address("10.0.0.2"))
    for id in 1...3 { #expect(registry.admit(one) == .success(UInt64(id))) }
    #expect(registry.admit(one) == .failure(.tooManyFromAddress(limit: 3)))
    #expect(registry.admit(two) == .success(4))
    #expect(registry.admit(two) == .success(5))
    #expect(registry.admit(two) == .failure(.tooMany(limit: 5)))
    #expect(registry.admit(near) == .success(6))
    #expect(registry.admit(near) == .failure(.tooMany(limit: 6)))
    registry.leave(two)
    #expect(registry.admit(near) == .success(7))
  }

  @Test("limits that change hold for who comes next, and nobody is sent away for them")
  func changedLimits() throws {
    let limits = Mutex(ServerLimits())
    var configuration = ServerConfiguration(listeners: [])
    configuration.limits = { limits.withLock { $0 } }
    let registry = ConnectionRegistry(configuration)
    let near = try address("127.0.0.1")
    for id in 1...3 { #expect(registry.admit(near) == .success(UInt64(id))) }
    limits.withLock { $0.maxConnections = 2 }
    #expect(registry.admit(near) == .failure(.tooMany(limit: 2)))
    registry.leave(near)
    #expect(registry.admit(near) == .failure(.tooMany(limit: 2)))
    limits.withLock { $0.maxConnections = 3 }
    #expect(registry.admit(near) == .success(4))
    limits.withLock { limits in
      limits.maxConnections = 9
      limits.maxConnectionsPerAddress = 1
    }
    #expect(registry.admit(near) == .failure(.tooManyFromAddress(limit: 1)))
  }

  private func address(_ text: String) throws -> ClientAddress {
    ClientAddress(try #require(SocketAddress.resolve(text, port: 1, onlyNumbers: true).first))
  }
}
