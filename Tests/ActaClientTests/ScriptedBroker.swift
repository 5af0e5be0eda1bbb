import Bytes
import KafkaWire
import SecureTransport
import Synchronization
import TLS
import Threads
import Transport

/// A broker on a real socket that answers what a test says.
final class ScriptedBroker: Sendable {
  typealias Script = @Sendable (ScriptedRequest) -> Reply

  enum Reply: Sendable {
    case bytes([UInt8])
    /// Sends this, and then closes the connection.
    case last([UInt8])
    /// Says nothing.
    case silence
    case close
  }

  private let thread = EventLoopThread(name: "scripted")
  let port: UInt16
  private let log = Mutex<[ScriptedRequest]>([])
  private let connections = Mutex(0)

  /// - Parameter tls: With which it speaks TLS.
  init(tls: TLSContext? = nil, _ script: @escaping Script) throws {
    let socket = try ListeningSocket(SocketAddress(ip: [127, 0, 0, 1], port: 0))
    let port = socket.address.port
    self.port = port
    _ = thread.loop.submit { [weak self] loop in
      _ = SocketListener(
        socket, on: loop,
        accepted: { [weak self] descriptor, _ in
          let number = self?.connections.withLock { count in
            count += 1
            return count
          }
          let socket = SocketConnection(descriptor, on: loop)
          let carrier: ScriptedConnection.Carrier =
            if let tls {
              .secure(
                SecureConnection(
                  socket, TLSSession(tls), handshakeWithinMilliseconds: 10_000, on: loop))
            } else {
              .plain(socket)
            }
          ScriptedConnection(carrier, number: number ?? 0, port: port) { [weak self] request in
            self?.log.withLock { $0.append(request) }
            return script(request)
          }.open()
        }, turnedAway: { _ in })
    }
  }

  var address: String { "127.0.0.1:\(port)" }

  /// What was asked so far.
  var requests: [ScriptedRequest] { log.withLock { $0 } }

  var connectionCount: Int { connections.withLock { $0 } }

  func stop() { thread.stop() }
}

/// A request as it came.
struct ScriptedRequest: Sendable {
  let api: APIKey?
  let version: Int16
  let correlationID: Int32
  /// Counted from 1.
  let connection: Int
  /// The broker's.
  let port: UInt16
  /// What follows the header.
  let body: ByteSlice

  /// The answer's frame, in the version of the request unless another is given.
  func frame(_ response: some ResponseMessage, version: Int16? = nil) -> [UInt8] {
    do {
      let frame = try Frame.encode(
        response, version: version ?? self.version, correlationID: correlationID)
      return frame.pieces.flatMap { piece in piece.withUnsafeBytes { Array($0) } }
    } catch {
      preconditionFailure("an answer that cannot be said: \(error)")
    }
  }

  func answer(_ response: some ResponseMessage) -> ScriptedBroker.Reply {
    .bytes(frame(response))
  }
}

extension ScriptedConnection.Carrier {
  fileprivate var isOpen: Bool {
    switch self {
    case .plain(let socket): socket.isOpen
    case .secure(let secure): secure.isOpen
    }
  }

  fileprivate var unsentBytes: Int {
    switch self {
    case .plain(let socket): socket.unsentBytes
    case .secure(let secure): secure.unsentBytes
    }
  }

  fileprivate func send(_ bytes: BytePieces) {
    switch self {
    case .plain(let socket): socket.send(bytes)
    case .secure(let secure): secure.send(bytes)
    }
  }

  fileprivate func close() {
    switch self {
    case .plain(let socket): socket.close()
    case .secure(let secure): secure.close()
    }
  }
}

private final class ScriptedConnection: SecureConnectionDelegate {
  enum Carrier {
    case plain(SocketConnection)
    case secure(SecureConnection)
  }

  private let connection: Carrier
  private let number: Int
  private let port: UInt16
  private let script: ScriptedBroker.Script
  private var frames = FrameAssembler(maxFrameBytes: 64 << 20)

  init(
    _ connection: Carrier, number: Int, port: UInt16,
    _ script: @escaping ScriptedBroker.Script
  ) {
    self.connection = connection
    self.number = number
    self.port = port
    self.script = script
  }

  func open() {
    switch connection {
    case .plain(let socket): socket.open(self)
    case .secure(let secure): secure.open(self)
    }
  }

  func secured() {}
  func failed(_ error: TLSError) {}

  func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? { nil }
  func receivedInPlace(_ count: Int) {}

  func received(_ bytes: RawSpan) {
    var offset = 0
    do {
      while connection.isOpen, let frame = try frames.next(from: bytes, at: &offset) {
        try take(frame)
      }
    } catch {
      connection.close()
    }
  }

  private func take(_ frame: ByteSlice) throws {
    var body = frame
    let header = try RequestHeader(from: &body)
    let request = ScriptedRequest(
      api: header.api, version: header.apiVersion, correlationID: header.correlationID,
      connection: number, port: port, body: body)
    switch script(request) {
    case .bytes(let bytes): connection.send(BytePieces(bytes))
    case .last(let bytes):
      connection.send(BytePieces(bytes))
      closesWhenFlushed = true
    case .silence: break
    case .close: connection.close()
    }
  }

  private var closesWhenFlushed = false

  func inputEnded() { connection.close() }
  func flushed() { if closesWhenFlushed, connection.unsentBytes == 0 { connection.close() } }
  func closed(_ error: SocketError?) {}
}
