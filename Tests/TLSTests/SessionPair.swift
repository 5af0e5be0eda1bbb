import Bytes
import TLS

/// A client and a server whose ciphertext goes from one to the other in memory, in parts of any size.
final class SessionPair {
  var client: TLSSession
  var server: TLSSession
  /// Bytes of ciphertext that are handed over at once.
  var chunk = Int.max
  private(set) var isClientDone = false
  private(set) var isServerDone = false
  /// All that the client sent, and all that the server did.
  private(set) var fromClient: [UInt8] = []
  private(set) var fromServer: [UInt8] = []

  init(
    _ client: TLSContext, _ server: TLSContext, host: String = "localhost", checksHost: Bool = true,
    chunk: Int = .max
  ) {
    self.client = TLSSession(client, host: host, checksHost: checksHost)
    self.server = TLSSession(server)
    self.chunk = chunk
  }

  /// Until both are done, or nothing moves.
  func handshake() throws(TLSError) {
    isClientDone = try client.handshake()
    for _ in 0..<8 where !(isClientDone && isServerDone) {
      try carry(toServer: true)
      try carry(toServer: false)
    }
  }

  private func carry(toServer: Bool) throws(TLSError) {
    let bytes = toServer ? takeFromClient() : takeFromServer()
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
      try feed(part, toServer: toServer)
    }
  }

  func takeFromClient() -> [UInt8] {
    let bytes = [UInt8](client.takeOutput())
    fromClient += bytes
    return bytes
  }

  func takeFromServer() -> [UInt8] {
    let bytes = [UInt8](server.takeOutput())
    fromServer += bytes
    return bytes
  }

  /// Goes on with a handshake by these bytes of ciphertext.
  func feed(_ bytes: [UInt8], toServer: Bool) throws(TLSError) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    copy.copyBytes(from: bytes)
    defer { copy.deallocate() }
    if toServer {
      server.lend(UnsafeRawBufferPointer(copy))
      defer { server.takeBack() }
      if !isServerDone { isServerDone = try server.handshake() }
    } else {
      client.lend(UnsafeRawBufferPointer(copy))
      defer { client.takeBack() }
      if !isClientDone { isClientDone = try client.handshake() }
    }
  }

  /// What the server reads of these bytes of ciphertext.
  func serverReads(_ bytes: [UInt8]) throws(TLSError) -> [UInt8] {
    try Self.read(bytes, chunk, &server)
  }

  func clientReads(_ bytes: [UInt8]) throws(TLSError) -> [UInt8] {
    try Self.read(bytes, chunk, &client)
  }

  private static func read(
    _ bytes: [UInt8], _ chunk: Int, _ session: inout TLSSession
  ) throws(TLSError) -> [UInt8] {
    var plain: [UInt8] = []
    let (copy, target) = (
      UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1),
      UnsafeMutableRawBufferPointer.allocate(byteCount: 10_000, alignment: 1)
    )
    copy.copyBytes(from: bytes)
    defer {
      copy.deallocate()
      target.deallocate()
    }
    var start = 0
    while start < bytes.count {
      let end = chunk < bytes.count - start ? start + chunk : bytes.count
      session.lend(UnsafeRawBufferPointer(rebasing: copy[start..<end]))
      defer { session.takeBack() }
      while case .bytes(let count) = try session.read(into: target) { plain += target[..<count] }
      start = end
    }
    return plain
  }
}
