import Bytes
import SecureTransport
import SecurityTestSupport
import TLS
import Testing
import Threads
import Transport

@Suite("TLS over sockets") struct SecureConnectionTests {
  private static let authority = TestAuthority("Test authority")

  private static func server() throws -> TLSContext {
    let identity = authority.issue("localhost")
    var settings = TLSSettings(.server(clientCertificates: .none))
    settings.identity = .pem(
      chain: .text(identity.certificate), key: .text(identity.key), keyPassword: nil)
    return try TLSContext(settings)
  }

  private static func client() throws -> TLSContext {
    var settings = TLSSettings(.client)
    settings.trust = .pem(.text(authority.certificate))
    return try TLSContext(settings)
  }

  @Test("much goes both ways, and a farewell ends it")
  func echo() throws {
    let server = try Listener(.echo(try Self.server()))
    let events = Events()
    let text = (0..<(3 << 20) + 5).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
    server.connect(try Self.client(), events) { connection in
      // In pieces, as frames are.
      var pieces = BytePieces()
      pieces.append(text[..<14])
      pieces.append(text[14...])
      connection.send(pieces)
    }
    #expect(events.wait { $0.received.count == text.count ? $0.received : nil } == text)
    server.close()
    #expect(events.wait { $0.ended ? true : nil } == true)
    server.stop()
  }

  @Test("a peer that says nothing is given up in time")
  func silent() throws {
    let server = try Listener(.silent)
    let events = Events()
    server.connect(try Self.client(), events, withinMilliseconds: 50)
    #expect(events.failure() == .timedOut(milliseconds: 50))
    server.stop()
  }

  @Test("a peer that closes before the handshake, or in its middle")
  func closing() throws {
    for prefix in [[UInt8](), [22, 3, 3, 0, 80, 2, 0, 0, 76]] {
      let server = try Listener(.closing(after: prefix))
      let events = Events()
      server.connect(try Self.client(), events)
      #expect(events.failure() == .endedInHandshake)
      server.stop()
    }
  }

  @Test("a peer that speaks something else")
  func plain() throws {
    let server = try Listener(.saying(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)))
    let events = Events()
    server.connect(try Self.client(), events)
    #expect(events.failure() == .notTLS)
    server.stop()
  }

  @Test("one that is closed by its owner says so once, and nothing is sent any more")
  func closed() throws {
    let server = try Listener(.echo(try Self.server()))
    let events = Events()
    server.connect(try Self.client(), events) { connection in
      connection.close()
      connection.close()
      connection.send(BytePieces([1, 2, 3]))
    }
    #expect(events.wait { $0.closes == 1 ? true : nil } == true)
    #expect(server.received.isEmpty)
    server.stop()
  }
}

/// What a connection's delegate was told.
final class Events: Sendable {
  struct State: Sendable {
    var received: [UInt8] = []
    var ended = false
    var closes = 0
    var failure: TLSError?
  }

  let state = Monitor(State())

  func wait<R: Sendable>(_ body: (State) -> R?) -> R? {
    state.wait(until: Clock.monotonicMilliseconds() + 20_000) { body($0) }
  }

  func failure() -> TLSError? { wait { $0.failure } }
}

/// On a loop.
final class Recorder: SecureConnectionDelegate {
  private let events: Events
  private let begin: (SecureConnection) -> Void
  private let echoes: Bool
  weak var connection: SecureConnection?

  init(_ events: Events, echoes: Bool = false, _ begin: @escaping (SecureConnection) -> Void) {
    self.events = events
    self.echoes = echoes
    self.begin = begin
  }

  func secured() { if let connection { begin(connection) } }
  func failed(_ error: TLSError) { events.state.update { $0.failure = error } }
  func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? { nil }
  func receivedInPlace(_ count: Int) {}

  func received(_ bytes: RawSpan) {
    let copy = bytes.withUnsafeBytes { [UInt8]($0) }
    events.state.update { $0.received += copy }
    if echoes { connection?.send(BytePieces(copy)) }
  }

  func inputEnded() {
    events.state.update { $0.ended = true }
    connection?.close()
  }

  func flushed() {}
  func closed(_ error: SocketError?) { events.state.update { $0.closes += 1 } }
}
