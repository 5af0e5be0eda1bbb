import Bytes
import Glibc
import Testing
import Threads

@testable import Transport

/// A loop that listens on loopback; what comes in there is a `Session`, which the test is told of.
final class LoopFixture: Sendable {
  let thread = EventLoopThread(name: "test")
  let address: SocketAddress
  let accepted = Events<Session>()
  let turnedAway = Events<SocketError>()

  init(_ configure: @escaping @Sendable (SocketConnection, Session) -> Void = { _, _ in }) throws {
    let socket = try ListeningSocket(SocketAddress(ip: [127, 0, 0, 1], port: 0))
    address = socket.address
    let (accepted, turnedAway) = (accepted, turnedAway)
    _ = thread.loop.submit { loop in
      _ = SocketListener(
        socket, on: loop,
        accepted: { descriptor, _ in
          let connection = SocketConnection(descriptor, on: loop)
          let session = Session(LoopReference(loop))
          session.attach(connection)
          configure(connection, session)
          connection.open(SessionDelegate(session, connection))
          accepted.add(session)
        }, turnedAway: { turnedAway.add($0) })
    }
  }

  var loop: LoopReference { thread.loop }

  func connect() throws -> (Peer, Session) {
    let peer = try Peer(connectingTo: address)
    return (peer, try accepted.next())
  }

  func stop() { thread.stop() }
}

/// One accepted connection, as a test sees it.
final class Session: Sendable {
  enum Event: Equatable, Sendable {
    case inputEnded
    case closed(SocketError?)
  }

  struct State: Sendable {
    var received: [UInt8] = []
    var connection: LoopBound<SocketConnection>?
  }

  let loop: LoopReference
  let events = Events<Event>()
  let state = Monitor(State())

  init(_ loop: LoopReference) { self.loop = loop }

  func attach(_ connection: SocketConnection) {
    let bound = LoopBound(connection)
    state.update { $0.connection = bound }
  }

  /// Runs `body` on the loop and waits for it.
  func on<R: Sendable>(_ body: @escaping @Sendable (SocketConnection) -> R) throws -> R {
    let connection = try #require(state.withLock { $0.connection })
    return try #require(loop.submit { _ in body(connection.value) })
  }

  func send(_ bytes: [UInt8]) throws {
    try on { $0.send(BytePieces(bytes)) }
  }

  func received(_ count: Int) throws -> [UInt8] {
    let bytes = state.wait(until: Clock.monotonicMilliseconds() + 10_000) { state in
      state.received.count >= count ? state.received : nil
    }
    return try #require(bytes, "\(count) bytes have not come in ten seconds")
  }
}

/// On the loop.
final class SessionDelegate: SocketConnectionDelegate {
  private let session: Session
  private let connection: SocketConnection

  init(_ session: Session, _ connection: SocketConnection) {
    self.session = session
    self.connection = connection
  }

  func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? { nil }
  func receivedInPlace(_ count: Int) {}

  func received(_ bytes: RawSpan) {
    let copy = bytes.withUnsafeBytes { [UInt8]($0) }
    session.state.update { $0.received += copy }
  }

  func inputEnded() { session.events.add(.inputEnded) }
  func flushed() {}

  func closed(_ error: SocketError?) {
    session.state.update { $0.connection = nil }
    session.events.add(.closed(error))
  }
}

/// What other threads tell, to be waited for.
final class Events<Event: Sendable>: Sendable {
  struct Missing: Error, CustomStringConvertible {
    let description = "nothing came in ten seconds"
  }

  private let events = Monitor<[Event]>([])

  func add(_ event: Event) { events.update { $0.append(event) } }

  func next() throws -> Event {
    let event = events.wait(until: Clock.monotonicMilliseconds() + 10_000) { events in
      events.isEmpty ? nil : events.removeFirst()
    }
    guard let event else { throw Missing() }
    return event
  }

  var isEmpty: Bool { events.withLock { $0.isEmpty } }
}
