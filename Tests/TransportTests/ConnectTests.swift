import Bytes
import Glibc
import Testing
import Threads

@testable import Transport

@Suite("Connecting") struct ConnectTests {
  @Test("a number and a name are connected to", arguments: ["127.0.0.1", "localhost"])
  func connects(host: String) throws {
    let fixture = try LoopFixture()
    let result = try attempt(on: fixture, host: host, port: fixture.address.port)
    let descriptor = try result.get()
    let session = try fixture.accepted.next()
    let peer = Peer(dup(descriptor.number))
    _ = fcntl(peer.socket, F_SETFL, 0)
    try peer.send([1])
    #expect(try session.received(1) == [1])
    fixture.stop()
  }

  @Test("a refusal names the address and says why")
  func refused() throws {
    let fixture = try LoopFixture()
    let free = try ListeningSocket(SocketAddress(ip: [127, 0, 0, 1], port: 0)).address.port
    let error = try failure(attempt(on: fixture, host: "127.0.0.1", port: free))
    #expect(
      error.description
        == "Cannot connect to 127.0.0.1:\(free): 127.0.0.1:\(free): Connection refused")
    fixture.stop()
  }

  @Test("all addresses of a host are tried, and each is named")
  func allAddresses() throws {
    let fixture = try LoopFixture()
    let free = try ListeningSocket(SocketAddress(ip: [127, 0, 0, 1], port: 0)).address.port
    let addresses = SocketAddress.resolve("localhost", port: free)
    let error = try failure(attempt(on: fixture, host: "localhost", port: free))
    #expect(error.attempts.map(\.address) == addresses)
    fixture.stop()
  }

  @Test("a name that does not exist is an error that says so")
  func unresolved() throws {
    let fixture = try LoopFixture()
    let error = try failure(attempt(on: fixture, host: "no.such.host.invalid", port: 1))
    #expect(
      error.description == "Cannot connect to no.such.host.invalid:1: the name cannot be resolved")
    fixture.stop()
  }

  @Test("who does not answer is given up when time is over")
  func timeLimit() throws {
    let fixture = try LoopFixture()
    // Nobody accepts here, and the queue of those who wait is full: the system answers no more.
    var options = ListeningSocket.Options()
    options.backlog = 0
    let deaf = try ListeningSocket(SocketAddress(ip: [127, 0, 0, 1], port: 0), options: options)
    let waiting = try (0..<4).map { _ in
      let descriptor = try Descriptor.socket(family: AF_INET)
      _ = deaf.address.withSockaddr { connect(descriptor.number, $0, $1) }
      return descriptor
    }
    let error = try failure(
      attempt(on: fixture, host: "127.0.0.1", port: deaf.address.port, within: 50))
    #expect(error.timedOutMilliseconds == 50)
    #expect(
      error.description
        == "Cannot connect to \(deaf.address): \(deaf.address): no answer within 50 ms")
    withExtendedLifetime(waiting) {}
    fixture.stop()
  }

  @Test("a cancelled attempt is never heard of, nor is one whose loop stops")
  func cancelled() throws {
    let fixture = try LoopFixture()
    let (host, port) = ("127.0.0.1", fixture.address.port)
    let heard = Events<Bool>()
    _ = fixture.loop.submit { loop in
      ConnectAttempt(to: host, port: port, withinMilliseconds: 10_000, on: loop) { _ in
        heard.add(true)
      }.cancel()
      _ = ConnectAttempt(
        to: "no.such.host.invalid", port: port, withinMilliseconds: 10_000, on: loop
      ) { _ in heard.add(true) }
      loop.stop()
    }
    fixture.stop()
    #expect(heard.isEmpty)
  }

  private func attempt(
    on fixture: LoopFixture, host: String, port: UInt16, within milliseconds: Int64 = 10_000
  ) throws -> Result<Descriptor, ConnectError> {
    let results = Events<Result<Descriptor, ConnectError>>()
    fixture.loop.execute { loop in
      _ = ConnectAttempt(to: host, port: port, withinMilliseconds: milliseconds, on: loop) {
        results.add($0)
      }
    }
    return try results.next()
  }

  private func failure(_ result: Result<Descriptor, ConnectError>) throws -> ConnectError {
    switch result {
    case .success: throw Events<Bool>.Missing()
    case .failure(let error): return error
    }
  }
}
