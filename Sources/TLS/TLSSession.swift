package import Bytes
import COpenSSL

/// TLS with one peer. Whoever owns it lends it the ciphertext that comes (`lend`), asks for what is in there until
/// there is no more (`handshake`, then `read`), and sends what it takes out (`takeOutput`) after each call. One
/// thread at a time uses it.
package struct TLSSession: ~Copyable {
  package enum Received: Equatable, Sendable {
    case bytes(Int)
    /// More ciphertext is wanted.
    case nothing
    /// The peer has said that it will send no more.
    case ended
  }

  /// What a record has at most.
  package static let recordBytes = 16 << 10
  /// What TLS adds to a record, at most.
  private static let overheadBytes = 64

  let ssl: OpaquePointer
  private let state: UnsafeMutablePointer<SessionState>
  private var isEstablished = false
  private var hasFailed = false

  /// - Parameters:
  ///   - host: On the client's side, the name or the address of who is to be reached.
  ///   - checksHost: Whether the peer's certificate must be for that host.
  package init(_ context: TLSContext, host: String? = nil, checksHost: Bool = true) {
    state = .allocate(capacity: 1)
    state.initialize(to: SessionState(host: host))
    guard let ssl = SSL_new(context.handle), let bio = MemoryBIO.make(state) else {
      // As Swift's own allocations do: there is no way on without memory.
      fatalError("out of memory: a TLS session")
    }
    self.ssl = ssl
    SSL_set_ex_data(ssl, 0, state)
    // One reference for both ways.
    SSL_set_bio(ssl, bio, bio)
    if context.isServer {
      SSL_set_accept_state(ssl)
    } else {
      SSL_set_connect_state(ssl)
      if let host { expect(host, checksHost) }
    }
  }

  deinit {
    SSL_free(ssl)
    state.deinitialize(count: 1)
    state.deallocate()
  }

  private func expect(_ host: String, _ isChecked: Bool) {
    let scratch = X509_VERIFY_PARAM_new()
    defer { X509_VERIFY_PARAM_free(scratch) }
    let isAddress = X509_VERIFY_PARAM_set1_ip_asc(scratch, host) == 1
    OpenSSLErrors.clear()
    // A dot at the end is for resolvers: neither certificates nor RFC 6066 know it.
    let name = host.last == "." ? String(host.dropLast()) : host
    if !isAddress { acta_ssl_set_server_name(ssl, name) }
    guard isChecked else { return }
    let parameters = SSL_get0_param(ssl)
    if isAddress {
      X509_VERIFY_PARAM_set1_ip_asc(parameters, host)
    } else {
      X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
      X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count)
    }
  }

  // MARK: Ciphertext

  /// Ciphertext has come. It must stay where it is until `takeBack`.
  package mutating func lend(_ ciphertext: UnsafeRawBufferPointer) {
    state.pointee.input = ciphertext
  }

  /// What was lent is not looked at any more. OpenSSL keeps what it has of a record that is not whole.
  package mutating func takeBack() {
    state.pointee.input = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// What is to be sent.
  package mutating func takeOutput() -> ByteSlice { state.pointee.output.finish() }

  // MARK: The handshake

  /// Goes on with the handshake; on the client's side the first call begins it.
  ///
  /// - Returns: Whether it is done.
  package mutating func handshake() throws(TLSError) -> Bool {
    OpenSSLErrors.clear()
    let result = SSL_do_handshake(ssl)
    if result != 1 { _ = try outcome(result) }
    isEstablished = result == 1
    return isEstablished
  }

  // MARK: Plaintext

  package mutating func read(
    into target: UnsafeMutableRawBufferPointer
  ) throws(TLSError) -> Received {
    while true {
      OpenSSLErrors.clear()
      let result = SSL_read(ssl, target.baseAddress, Int32(clamping: target.count))
      if result > 0 { return .bytes(Int(result)) }
      // A ticket or a new key was dealt with, which ends a call although there may be more.
      let received = try outcome(result)
      if received == .nothing, !state.pointee.input.isEmpty { continue }
      return received
    }
  }

  /// Turns `bytes` into records, none of which is short because a piece is. After the handshake.
  package mutating func write(_ bytes: BytePieces) throws(TLSError) {
    precondition(isEstablished, "nothing is sent before the handshake is done")
    let records = bytes.count / Self.recordBytes + 1
    state.pointee.output.grow(
      to: state.pointee.output.count + bytes.count + records * Self.overheadBytes)
    if bytes.pieces.count == 1 {
      return try bytes.pieces[0].withUnsafeBytes { seal($0) }.get()
    }
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.recordBytes, alignment: 16)
    defer { scratch.deallocate() }
    var gathered = 0
    for piece in bytes.pieces {
      try piece.withUnsafeBytes { gather($0, in: scratch, &gathered) }.get()
    }
    try seal(UnsafeRawBufferPointer(rebasing: scratch[..<gathered])).get()
  }

  /// Whole records of a long piece are sealed from where they are, what is short is gathered before.
  private mutating func gather(
    _ piece: UnsafeRawBufferPointer, in scratch: UnsafeMutableRawBufferPointer,
    _ gathered: inout Int
  ) -> Result<Void, TLSError> {
    var rest = piece[...]
    while !rest.isEmpty {
      let direct = gathered == 0 ? rest.count - rest.count % scratch.count : 0
      let taken = direct > 0 ? direct : min(rest.count, scratch.count - gathered)
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(taken))
      rest = rest.dropFirst(taken)
      if direct == 0 {
        UnsafeMutableRawBufferPointer(rebasing: scratch[gathered...]).copyMemory(from: part)
        gathered += taken
        if gathered < scratch.count { continue }
        gathered = 0
      }
      let sealed = seal(direct > 0 ? part : UnsafeRawBufferPointer(scratch))
      if case .failure = sealed { return sealed }
    }
    return .success(())
  }

  private mutating func seal(_ bytes: UnsafeRawBufferPointer) -> Result<Void, TLSError> {
    var rest = bytes
    while !rest.isEmpty {
      OpenSSLErrors.clear()
      let result = SSL_write(ssl, rest.baseAddress, Int32(clamping: rest.count))
      guard result > 0 else {
        do throws(TLSError) {
          // The memory behind it takes everything, so there is nothing to wait for.
          return .failure(.failed("nothing was written: \(try outcome(result))"))
        } catch {
          return .failure(error)
        }
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[Int(result)...])
    }
    return .success(())
  }

  /// Says farewell, so that the peer knows that nothing was cut off.
  package mutating func close() {
    guard isEstablished, !hasFailed else { return }
    OpenSSLErrors.clear()
    SSL_shutdown(ssl)
    OpenSSLErrors.clear()
  }

  // MARK: What became of a call

  private mutating func outcome(_ result: Int32) throws(TLSError) -> Received {
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .nothing
    case SSL_ERROR_ZERO_RETURN: return .ended
    default:
      hasFailed = true
      let error = failure()
      if error == .notTLS { answerPlain() }
      throw error
    }
  }

  /// OpenSSL says nothing to a client whose first bytes are no TLS. An alert tells it what it came to; Kafka sends
  /// the same.
  private func answerPlain() {
    guard SSL_is_server(ssl) == 1 else { return }
    let alert: [UInt8] = [21, 3, 3, 0, 2, 2, 80]
    state.pointee.output.grow(to: state.pointee.output.count + alert.count)
    alert.withUnsafeBytes { state.pointee.output.append($0) }
  }

  private func failure() -> TLSError {
    let code = ERR_peek_error()
    let reason = ERR_GET_REASON(code)
    if let objection = state.pointee.objection { return .certificate(objection) }
    if reason > SSL_AD_REASON_OFFSET, reason <= SSL_AD_REASON_OFFSET + 255 {
      let number = reason - SSL_AD_REASON_OFFSET
      let name = SSL_alert_desc_string_long(number).map { String(cString: $0) } ?? "?"
      return .alert(number: UInt8(number), name: name)
    }
    switch reason {
    case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST,
      SSL_R_BAD_PROTOCOL_VERSION_NUMBER:
      return .notTLS
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return .certificate("it has shown no certificate")
    default: return .failed(OpenSSLErrors.take())
    }
  }
}
