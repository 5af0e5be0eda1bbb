import Testing
import Transport

@testable import BrokerServer

@Suite("Connection registry") struct ConnectionRegistryTests {
  @Test("the last places are kept for loopback, and no address takes more than its share")
  func limits() throws {
    var configuration = ServerConfiguration(listeners: [])
    configuration.maxConnections = 6
    configuration.maxConnectionsPerAddress = 3
    configuration.connectionsKeptForLoopback = 1
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

  private func address(_ text: String) throws -> ClientAddress {
    ClientAddress(try #require(SocketAddress.resolve(text, port: 1, onlyNumbers: true).first))
  }
}
