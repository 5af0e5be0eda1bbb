import Bytes
import Transport

/// Frames over TCP.
final class SocketLink: FrameLink, SocketConnectionDelegate {
  /// An answer that says it is larger than this is none. Kafka's clients trust the broker; a bound costs nothing.
  private static let maxFrameBytes = 1 << 30

  private enum Phase {
    case closed
    case connecting(ConnectAttempt)
    case open(SocketConnection)
  }

  private let loop: EventLoop
  private let endpoint: BrokerEndpoint
  private let setupTimeoutMilliseconds: Int64
  private var phase = Phase.closed
  private var delegate: (any FrameLinkDelegate)?
  private var frames = FrameAssembler(maxFrameBytes: maxFrameBytes)

  init(to endpoint: BrokerEndpoint, withinMilliseconds timeout: Int64, on loop: EventLoop) {
    self.loop = loop
    self.endpoint = endpoint
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
    case .failure(let error): end(because: error.description)
    case .success(let descriptor):
      let socket = SocketConnection(descriptor, on: loop)
      phase = .open(socket)
      socket.open(self)
      delegate?.linkOpened()
    }
  }

  func send(_ frame: BytePieces) {
    if case .open(let socket) = phase { socket.send(frame) }
  }

  func close() {
    delegate = nil
    switch phase {
    case .closed: break
    case .connecting(let attempt): attempt.cancel()
    case .open(let socket): socket.close()
    }
    phase = .closed
  }

  private func end(because reason: String) {
    let told = delegate
    close()
    told?.linkClosed(because: reason)
  }

  // MARK: SocketConnectionDelegate

  func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? { frames.memoryToReceiveInto() }

  func receivedInPlace(_ count: Int) {
    if let frame = frames.receivedInPlace(count) { delegate?.received(frame) }
  }

  func received(_ bytes: RawSpan) {
    var offset = 0
    do throws(FrameError) {
      while case .open = phase, let frame = try frames.next(from: bytes, at: &offset) {
        delegate?.received(frame)
      }
    } catch {
      end(because: "\(endpoint) sent what is no answer: \(error)")
    }
  }

  func inputEnded() { end(because: "\(endpoint) closed the connection") }

  func flushed() {}

  func closed(_ error: SocketError?) {
    end(because: error.map { "\(endpoint): \($0)" } ?? "\(endpoint): the connection was closed")
  }
}
