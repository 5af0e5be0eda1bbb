package import Bytes
package import TLS
package import Transport

/// What a connection's plaintext is for. Called on the loop's thread only.
package protocol SecureConnectionDelegate: SocketConnectionDelegate {
  /// The handshake is done; from now on `send` may be called.
  func secured()
  /// TLS has failed, and the connection with it; the last call, in place of `closed`.
  func failed(_ error: TLSError)
}

/// A socket with TLS: its delegate sees plaintext, as it would see a socket's bytes. It is itself the delegate of the
/// socket. For clients and servers alike, by the session that it is given.
///
/// Everything that has come is decrypted and handed on at once, so that no byte waits in OpenSSL while the socket is
/// silent: to read no more is to stop the socket.
package final class SecureConnection: SocketConnectionDelegate {
  private enum Phase {
    case handshaking
    case open
    case closed
  }

  private let socket: SocketConnection
  private let loop: EventLoop
  private var session: TLSSession
  private let handshakeMilliseconds: Int64
  private var timer: LoopTimer?
  private var phase = Phase.handshaking
  private var delegate: (any SecureConnectionDelegate)?
  /// By a farewell or by the socket, which may both tell.
  private var isInputEnded = false

  /// - Parameters:
  ///   - socket: One that nobody has opened.
  ///   - milliseconds: What the handshake may take.
  package init(
    _ socket: SocketConnection, _ session: consuming TLSSession,
    handshakeWithinMilliseconds milliseconds: Int64, on loop: EventLoop
  ) {
    self.socket = socket
    self.session = session
    self.loop = loop
    handshakeMilliseconds = milliseconds
  }

  package var isOpen: Bool { if case .closed = phase { false } else { true } }

  /// Bytes of ciphertext that the socket has not taken.
  package var unsentBytes: Int { socket.unsentBytes }

  /// Begins the handshake. While the connection is open it keeps itself and its delegate alive.
  package func open(_ delegate: any SecureConnectionDelegate) {
    self.delegate = delegate
    timer = loop.schedule(afterMilliseconds: handshakeMilliseconds) { [weak self] in
      guard let self else { return }
      fail(.timedOut(milliseconds: handshakeMilliseconds))
    }
    socket.open(self)
    advance()
  }

  /// Sends `bytes` after all that was given before. After `secured`.
  package func send(_ bytes: BytePieces) {
    guard case .open = phase else { return }
    do throws(TLSError) {
      try session.write(bytes)
      sendOutput()
    } catch {
      fail(error)
    }
  }

  /// Says farewell and closes at the end of the tick; the delegate is told before this returns.
  package func close() {
    guard isOpen else { return }
    let told = delegate
    end()
    told?.closed(nil)
  }

  // MARK: SocketConnectionDelegate

  package func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? { nil }

  package func receivedInPlace(_ count: Int) {
    preconditionFailure("no memory was named to receive into")
  }

  package func received(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { bytes in
      session.lend(bytes)
      advance()
      session.takeBack()
    }
  }

  package func inputEnded() {
    if case .handshaking = phase { return fail(.endedInHandshake) }
    if isInputEnded { return }
    isInputEnded = true
    delegate?.inputEnded()
  }

  package func flushed() { delegate?.flushed() }

  package func closed(_ error: SocketError?) {
    guard isOpen else { return }
    if case .handshaking = phase, error != nil { return fail(.endedInHandshake) }
    let told = delegate
    end()
    told?.closed(error)
  }

  // MARK: TLS

  /// Does what there is to do with what has come.
  private func advance() {
    do throws(TLSError) {
      if case .handshaking = phase {
        guard try session.handshake() else { return sendOutput() }
        phase = .open
        timer?.cancel()
        timer = nil
        sendOutput()
        delegate?.secured()
      }
      try receive()
      sendOutput()
    } catch {
      fail(error)
    }
  }

  private func receive() throws(TLSError) {
    let scratch = UnsafeMutableRawBufferPointer.allocate(
      byteCount: TLSSession.recordBytes, alignment: 16)
    defer { scratch.deallocate() }
    while case .open = phase {
      let inPlace = delegate?.memoryToReceiveInto()
      switch try session.read(into: inPlace ?? scratch) {
      case .nothing: return
      case .ended: return inputEnded()
      case .bytes(let count):
        if inPlace != nil {
          delegate?.receivedInPlace(count)
        } else {
          delegate?.received(UnsafeRawBufferPointer(rebasing: scratch[..<count]).bytes)
        }
      }
    }
  }

  private func sendOutput() {
    let output = session.takeOutput()
    if output.isEmpty { return }
    var pieces = BytePieces()
    pieces.append(output)
    socket.send(pieces)
  }

  private func fail(_ error: TLSError) {
    guard isOpen else { return }
    let told = delegate
    end()
    told?.failed(error)
  }

  /// The last record, an alert or a farewell, leaves at the end of this tick, and the socket closes in the next.
  private func end() {
    phase = .closed
    delegate = nil
    timer?.cancel()
    timer = nil
    session.close()
    sendOutput()
    loop.schedule(afterMilliseconds: 0) { [socket] in socket.close() }
  }
}
