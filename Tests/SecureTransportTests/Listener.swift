import Bytes
import SecureTransport
import TLS
import Threads
import Transport

/// A loop that listens on loopback, and connects to itself.
final class Listener: Sendable {
  enum Manner: Sendable {
    case echo(TLSContext)
    case silent
    case closing(after: [UInt8])
    case saying([UInt8])
  }

  private let thread = EventLoopThread(name: "test")
  private let port: UInt16
  private let events = Events()
  private let accepted = Monitor<[LoopBound<SecureConnection>]>([])

  init(_ manner: Manner) throws {
    let socket = try ListeningSocket(SocketAddress(ip: [127, 0, 0, 1], port: 0))
    port = socket.address.port
    let (events, accepted) = (events, accepted)
    _ = thread.loop.submit { loop in
      _ = SocketListener(
        socket, on: loop,
        accepted: { descriptor, _ in
          let socket = SocketConnection(descriptor, on: loop)
          guard case .echo(let context) = manner else { return socket.open(Plain(socket, manner)) }
          let connection = SecureConnection(
            socket, TLSSession(context), handshakeWithinMilliseconds: 10_000, on: loop)
          let recorder = Recorder(events, echoes: true) { _ in }
          recorder.connection = connection
          connection.open(recorder)
          let bound = LoopBound(connection)
          accepted.update { $0.append(bound) }
        }, turnedAway: { _ in })
    }
  }

  /// What the server has received.
  var received: [UInt8] { events.state.withLock { $0.received } }

  func connect(
    _ context: TLSContext, _ events: Events, withinMilliseconds limit: Int64 = 10_000,
    _ begin: @escaping @Sendable (SecureConnection) -> Void = { _ in }
  ) {
    let port = port
    thread.loop.execute { loop in
      _ = ConnectAttempt(to: "127.0.0.1", port: port, withinMilliseconds: 10_000, on: loop) {
        guard case .success(let descriptor) = $0 else { return }
        let connection = SecureConnection(
          SocketConnection(descriptor, on: loop), TLSSession(context, host: "127.0.0.1"),
          handshakeWithinMilliseconds: limit, on: loop)
        let recorder = Recorder(events, begin)
        recorder.connection = connection
        connection.open(recorder)
      }
    }
  }

  /// Closes what was accepted.
  func close() {
    let connections = accepted.withLock { $0 }
    thread.loop.execute { _ in for connection in connections { connection.value.close() } }
  }

  func stop() { thread.stop() }
}

/// A peer without TLS.
private final class Plain: SocketConnectionDelegate {
  private let socket: SocketConnection
  private let manner: Listener.Manner

  init(_ socket: SocketConnection, _ manner: Listener.Manner) {
    self.socket = socket
    self.manner = manner
  }

  func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? { nil }
  func receivedInPlace(_ count: Int) {}

  func received(_ bytes: RawSpan) {
    switch manner {
    case .echo, .silent: break
    case .saying(let answer): socket.send(BytePieces(answer))
    case .closing(let answer):
      if answer.isEmpty { return socket.close() }
      socket.send(BytePieces(answer))
    }
  }

  func inputEnded() { socket.close() }
  func flushed() { if case .closing = manner { socket.close() } }
  func closed(_ error: SocketError?) {}
}
