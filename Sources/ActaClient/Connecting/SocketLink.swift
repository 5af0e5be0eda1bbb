import Bytes
import SecureTransport
import TLS
import Transport

/// Frames over TCP, with TLS or without. Without it nothing lies between the socket and the frames.
final class SocketLink: FrameLink, SecureConnectionDelegate {
  /// An answer that says it is larger than this is none. Kafka's clients trust the broker; a bound costs nothing.
  private static let maxFrameBytes = 1 << 30

  private enum Phase {
    case closed
    case connecting(ConnectAttempt)
    case plain(SocketConnection)
    case secure(SecureConnection)
  }

  private let loop: EventLoop
  private let endpoint: BrokerEndpoint
  private let setupTimeoutMilliseconds: Int64
  private let security: NetworkSecurity
  private var phase = Phase.closed
  private var delegate: (any FrameLinkDelegate)?
  private var frames = FrameAssembler(maxFrameBytes: maxFrameBytes)
  private var hasReceived = false

  /// - Parameter timeout: Of the connection, and again of TLS's handshake.
  init(
    to endpoint: BrokerEndpoint, withinMilliseconds timeout: Int64, _ security: NetworkSecurity,
    on loop: EventLoop
  ) {
    self.loop = loop
    self.endpoint = endpoint
    self.security = security
    setupTimeoutMilliseconds = timeout
  }

  func open(_ delegate: any FrameLinkDelegate) {
    self.delegate = delegate
    let attempt = ConnectAttempt(
      to: endpoint.host, port: endpoint.port, withinMilliseconds: setupTimeoutMilliseconds, on: loop
    ) { [weak self] result in self?.connected(result) }
    phase = .connecting(attempt)
  }

  private func connected(_ result: Result<Descriptor, ConnectError>) {
    guard case .connecting = phase else {
      if case .success(let descriptor) = result { descriptor.close() }
      return
    }
    switch result {
    case .failure(let error): end(.lost(error.description))
    case .success(let descriptor): begin(SocketConnection(descriptor, on: loop))
    }
  }

  private func begin(_ socket: SocketConnection) {
    guard let tls = security.tls else {
      phase = .plain(socket)
      socket.open(self)
      delegate?.linkOpened()
      return
    }
    let session = TLSSession(tls, host: endpoint.host, checksHost: security.checksHost)
    let secure = SecureConnection(
      socket, session, handshakeWithinMilliseconds: setupTimeoutMilliseconds, on: loop)
    phase = .secure(secure)
    secure.open(self)
  }

  private var isOpen: Bool {
    switch phase {
    case .plain, .secure: true
    case .closed, .connecting: false
    }
  }

  func send(_ frame: BytePieces) {
    switch phase {
    case .plain(let socket): socket.send(frame)
    case .secure(let secure): secure.send(frame)
    case .closed, .connecting: break
    }
  }

  func close() {
    delegate = nil
    let ended = phase
    phase = .closed
    switch ended {
    case .closed: break
    case .connecting(let attempt): attempt.cancel()
    case .plain(let socket): socket.close()
    case .secure(let secure): secure.close()
    }
  }

  private func end(_ end: LinkEnd) {
    let told = delegate
    close()
    told?.linkClosed(end)
  }

  // MARK: SecureConnectionDelegate

  func secured() { delegate?.linkOpened() }

  func failed(_ error: TLSError) {
    let hint =
      error == .endedInHandshake ? "; a listener without TLS does so (security.protocol)" : ""
    let sentence = "\(endpoint): \(error)\(hint)"
    end(error.isRefusal ? .refused(sentence) : .lost(sentence))
  }

  // MARK: SocketConnectionDelegate

  func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? { frames.memoryToReceiveInto() }

  func receivedInPlace(_ count: Int) {
    if let frame = frames.receivedInPlace(count) { delegate?.received(frame) }
  }

  func received(_ bytes: RawSpan) {
    if !hasReceived {
      hasReceived = true
      if case .plain = phase, Self.isAlert(bytes) { return end(.refused(speaksTLS)) }
    }
    var offset = 0
    do throws(FrameError) {
      while isOpen, let frame = try frames.next(from: bytes, at: &offset) {
        delegate?.received(frame)
      }
    } catch {
      end(.lost("\(endpoint) sent what is no answer: \(error)"))
    }
  }

  /// Whether these are the first bytes of TLS's answer to what is none: an alert record (21, then 3 and the version).
  /// As a frame's size they would be 352 MB, which nobody answers first.
  private static func isAlert(_ bytes: RawSpan) -> Bool {
    bytes.byteCount >= 3 && bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 21
      && bytes.unsafeLoad(fromByteOffset: 1, as: UInt8.self) == 3
      && bytes.unsafeLoad(fromByteOffset: 2, as: UInt8.self) <= 4
  }

  private var speaksTLS: String {
    "\(endpoint) speaks TLS, and this client does not (security.protocol)"
  }

  func inputEnded() { end(.lost("\(endpoint) closed the connection")) }

  func flushed() {}

  func closed(_ error: SocketError?) {
    end(.lost(error.map { "\(endpoint): \($0)" } ?? "\(endpoint): the connection was closed"))
  }
}
