import Bytes
import COpenSSL
import SecurityTestSupport
import Testing

@testable import TLS

@Suite("What TLS says to itself after the handshake") struct PostHandshakeTests {
  @Test("a server that asks for another handshake is refused, and what was sent before holds")
  func refused() throws {
    let pair = SessionPair(
      try SessionTests.client { $0.versions = [.tls12] }, try SessionTests.server())
    try pair.handshake()
    // As a server that does renegotiate.
    SSL_clear_options(pair.server.ssl, UInt64(1) << 30)
    #expect(SSL_renegotiate(pair.server.ssl) == 1)
    _ = SSL_do_handshake(pair.server.ssl)
    let asking = pair.takeFromServer()
    #expect(!asking.isEmpty)
    #expect(try pair.clientReads(asking).isEmpty)
    // A warning goes back, and no ClientHello.
    let answer = pair.takeFromClient()
    #expect(answer.first == 21)
    #expect(answer.count < 100)
  }

  @Test("new keys, which come together with what they are for, hold nothing up")
  func keyUpdate() throws {
    let pair = SessionPair(
      try SessionTests.client { $0.versions = [.tls13] }, try SessionTests.server())
    try pair.handshake()
    for _ in 0..<3 {
      #expect(SSL_key_update(pair.server.ssl, SSL_KEY_UPDATE_REQUESTED) == 1)
      try pair.server.write(BytePieces([1, 2, 3]))
      #expect(try pair.clientReads(pair.takeFromServer()) == [1, 2, 3])
      // The client's own are asked for in return.
      try pair.client.write(BytePieces([4, 5]))
      #expect(try pair.serverReads(pair.takeFromClient()) == [4, 5])
    }
  }
}
