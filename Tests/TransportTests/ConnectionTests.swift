import Bytes
import Glibc
import Testing
import Threads

@testable import Transport

@Suite("Socket connection") struct ConnectionTests {
  @Test("bytes of any length come out as they went in, both ways")
  func bothWays() throws {
    let fixture = try LoopFixture()
    let (peer, session) = try fixture.connect()
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    try peer.send(bytes)
    #expect(try session.received(bytes.count) == bytes)
    for part in [1, 10, 100_000, 199_889] {
      try session.send(Array(bytes[..<part]))
      #expect(try peer.receive(exactly: part) == Array(bytes[..<part]))
    }
    fixture.stop()
    #expect(fixture.loop.liveConnections == 0)
  }

  @Test("what a slow peer has not taken is sent when it reads on, in order")
  func partialWrites() throws {
    let fixture = try LoopFixture()
    let (peer, session) = try fixture.connect()
    let piece = [UInt8](repeating: 7, count: 1 << 20)
    for number in 0..<16 {
      try session.send([UInt8(number)])
      try session.send(piece)
    }
    let unsent = try session.on { $0.unsentBytes }
    #expect(unsent > 0)
    for number in 0..<16 {
      #expect(try peer.receive(exactly: 1) == [UInt8(number)])
      #expect(try peer.receive(exactly: piece.count) == piece)
    }
    // Whoever has the last byte has seen it sent, but the loop may still be in the call.
    #expect(try session.on { ($0.unsentBytes, $0.sentBytes) } == (0, 16 * (piece.count + 1)))
    fixture.stop()
  }

  @Test("a peer that ends its sending is still answered")
  func halfClose() throws {
    let fixture = try LoopFixture()
    let (peer, session) = try fixture.connect()
    try peer.send([1])
    peer.endSending()
    #expect(try session.events.next() == .inputEnded)
    #expect(try session.received(1) == [1])
    try session.send([2])
    #expect(try peer.receive(exactly: 1) == [2])
    try session.on { $0.close() }
    #expect(peer.receive() == [])
    #expect(try session.events.next() == .closed(nil))
    fixture.stop()
  }

  @Test("nothing is read while reading has stopped, and all of it afterwards")
  func stoppedReading() throws {
    let fixture = try LoopFixture { connection, _ in connection.isReading = false }
    let (peer, session) = try fixture.connect()
    try peer.send([1, 2, 3])
    peer.endSending()
    // Two ticks of the loop, each with its poll.
    for _ in 0..<2 { _ = fixture.loop.submit { _ in 0 } }
    #expect(session.state.withLock { $0.received } == [])
    #expect(session.events.isEmpty)
    try session.on { $0.isReading = true }
    #expect(try session.events.next() == .inputEnded)
    #expect(try session.received(3) == [1, 2, 3])
    fixture.stop()
  }

  @Test(
    "a reset is noticed at once, also while nothing is read and after the peer's end",
    arguments: [(true, false), (false, false), (true, true), (false, true)])
  func reset(isReading: Bool, halfClosed: Bool) throws {
    let fixture = try LoopFixture { connection, _ in connection.isReading = isReading }
    var pair: (Peer, Session)? = try fixture.connect()
    let session = try #require(pair?.1)
    try pair?.0.send([1, 2, 3])
    if halfClosed {
      pair?.0.endSending()
      if isReading { #expect(try session.events.next() == .inputEnded) }
    }
    pair?.0.resetOnClose()
    pair = nil
    var event = try session.events.next()
    // What came before the reset still counts, its end included.
    if event == .inputEnded { event = try session.events.next() }
    // After both ends have closed their sending the system calls it a broken pipe.
    #expect(
      [.closed(SocketError(code: ECONNRESET)), .closed(SocketError(code: EPIPE))]
        .contains(event))
    #expect(session.state.withLock { $0.received } == [1, 2, 3])
    fixture.stop()
    #expect(fixture.loop.liveConnections == 0)
  }

  @Test("a connection is closed by its own delegate in the middle of a read")
  func closedInside() throws {
    let fixture = try LoopFixture()
    let (peer, session) = try fixture.connect()
    let bound = try #require(session.state.withLock { $0.connection })
    session.loop.execute { _ in bound.value.close() }
    #expect(try session.events.next() == .closed(nil))
    #expect(peer.receive() == [])
    // Whatever is asked of it now does nothing.
    _ = session.loop.submit { _ in
      bound.value.send(BytePieces([1]))
      bound.value.isReading = false
      bound.value.close()
    }
    #expect(session.events.isEmpty)
    fixture.stop()
  }

  @Test("large messages are received where their owner wants them")
  func inPlace() throws {
    let thread = EventLoopThread(name: "test")
    let socket = try ListeningSocket(SocketAddress(ip: [127, 0, 0, 1], port: 0))
    let messages = Events<[UInt8]>()
    _ = thread.loop.submit { loop in
      _ = SocketListener(
        socket, on: loop,
        accepted: { descriptor, _ in
          SocketConnection(descriptor, on: loop).open(InPlace(1_000_000, messages))
        }, turnedAway: { _ in })
    }
    let peer = try Peer(connectingTo: socket.address)
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 5) }
    try peer.send(bytes + bytes)
    #expect(try messages.next() == bytes)
    #expect(try messages.next() == bytes)
    thread.stop()
  }

  /// Receives messages of one length into memory of its own.
  private final class InPlace: SocketConnectionDelegate {
    private let messages: Events<[UInt8]>
    private let memory: UnsafeMutableRawBufferPointer
    private var count = 0

    init(_ length: Int, _ messages: Events<[UInt8]>) {
      self.messages = messages
      memory = .allocate(byteCount: length, alignment: 1)
    }

    deinit { memory.deallocate() }

    func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? {
      UnsafeMutableRawBufferPointer(rebasing: memory[count...])
    }

    func receivedInPlace(_ received: Int) {
      count += received
      guard count == memory.count else { return }
      messages.add([UInt8](memory))
      count = 0
    }

    func received(_ bytes: RawSpan) { Issue.record("received into the shared buffer") }
    func inputEnded() {}
    func flushed() {}
    func closed(_ error: SocketError?) {}
  }

  @Test("thousands of connections, with resets among them, leave nothing behind")
  func churn() throws {
    let fixture = try LoopFixture()
    for number in 0..<2_000 {
      let peer = try Peer(connectingTo: fixture.address)
      if number % 3 == 0 { try peer.send([1, 2, 3]) }
      if number % 5 == 0 { peer.endSending() }
      if number % 2 == 0 { peer.resetOnClose() }
    }
    // Those that ended in order are still open: nobody answered their end.
    for _ in 0..<2_000 {
      let session = try fixture.accepted.next()
      let connection = session.state.withLock { $0.connection }
      if let connection { session.loop.execute { _ in connection.value.close() } }
    }
    fixture.stop()
    #expect(fixture.loop.liveConnections == 0)
  }
}
