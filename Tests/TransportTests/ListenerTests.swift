import Glibc
import Testing
import Threads

@testable import Transport

@Suite("Listening") struct ListenerTests {
  @Test("port 0 becomes a real port, on IPv4, on IPv6 and on both")
  func ports() throws {
    let four = try ListeningSocket(SocketAddress(ip: [127, 0, 0, 1], port: 0))
    #expect(four.address.port > 0)
    #expect(four.address.ip == [127, 0, 0, 1])
    let any = try ListeningSocket(SocketAddress(ip: [UInt8](repeating: 0, count: 16), port: 0))
    _ = try Peer(connectingTo: SocketAddress(ip: [127, 0, 0, 1], port: any.address.port))
  }

  @Test("an address that is taken is an error in the system's words")
  func taken() throws {
    let first = try ListeningSocket(SocketAddress(ip: [127, 0, 0, 1], port: 0))
    let error = #expect(throws: SocketError.self) { try ListeningSocket(first.address) }
    #expect(error?.description == "Address already in use")
  }

  @Test("without a descriptor who comes is closed at once, who is there is served, and it heals")
  func noDescriptors() async {
    await #expect(processExitsWith: .success) {
      let fixture = try LoopFixture()
      let (early, session) = try fixture.connect()
      // Sockets of peers that come when there is no descriptor left but theirs.
      let late = (0..<3).map { _ in socket(AF_INET, 1, 0) }
      var fillers: [Int32] = []
      while case let number = open("/dev/null", O_RDONLY), number >= 0 { fillers.append(number) }

      for number in late {
        try #require(fixture.address.withSockaddr { connect(number, $0, $1) } == 0)
        try #require(try fixture.turnedAway.next().code == EMFILE)
        var byte: UInt8 = 0
        try #require(recv(number, &byte, 1, 0) <= 0)
      }
      try early.send([1])
      try #require(try session.received(1) == [1])
      try session.send([2])
      try #require(try early.receive(exactly: 1) == [2])
      try #require(fixture.turnedAway.isEmpty)

      for number in fillers.prefix(10) { close(number) }
      let (peer, again) = try fixture.connect()
      try peer.send([3])
      try #require(try again.received(1) == [3])
      fixture.stop()
      exit(0)
    }
  }

  @Test("with no descriptor and no reserve accepting pauses instead of spinning")
  func noReserve() async {
    await #expect(processExitsWith: .success) {
      let fixture = try LoopFixture()
      let waiting = socket(AF_INET, 1, 0)
      // From here on not even the reserve can be opened again.
      var limit = rlimit(rlim_cur: 0, rlim_max: 4_096)
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      limit.rlim_cur = 0
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      try #require(fixture.address.withSockaddr { connect(waiting, $0, $1) } == 0)
      try #require(try fixture.turnedAway.next().code == EMFILE)
      let before = clock()
      for _ in 0..<3 { try #require(try fixture.turnedAway.next().code == EMFILE) }
      try #require(Double(clock() - before) / Double(CLOCKS_PER_SEC) < 0.1)

      limit.rlim_cur = 4_096
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      _ = try fixture.accepted.next()
      fixture.stop()
      exit(0)
    }
  }
}
