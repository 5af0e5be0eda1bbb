import ActaModel
import Bytes
import ClientCore
import KafkaWire
import SASL
import SecurityTestSupport
import Testing

@Suite("Proving to a broker who the client is") struct SASLLoginTests {
  private static func login(_ mechanism: SASLMechanism) -> SASLLogin {
    SASLLogin(
      mechanism, SASLCredentials(username: "alice", password: "s3cret"), nonce: "abc",
      broker: "b:1")
  }

  private static func answer(
    _ token: [UInt8], lifetime: Int64 = 0
  ) -> SaslAuthenticateResponse {
    var response = SaslAuthenticateResponse()
    response.authBytes = token
    response.sessionLifetimeMilliseconds = lifetime
    return response
  }

  @Test("PLAIN: a handshake, a token, done")
  func plain() throws {
    var login = Self.login(.plain)
    #expect(login.handshake.mechanism == "PLAIN")
    let first = try login.handshaken(SaslHandshakeResponse())
    #expect([UInt8](first.authBytes) == [0] + Array("alice".utf8) + [0] + Array("s3cret".utf8))
    guard case .done(nil) = try login.authenticated(Self.answer([])) else {
      Issue.record("not done")
      return
    }
  }

  @Test("SCRAM: two tokens, and the session's life")
  func scram() throws {
    var login = Self.login(.scramSHA256)
    var server = ScriptedScramServer(.sha256, password: "s3cret")
    let first = try login.handshaken(SaslHandshakeResponse())
    let challenge = server.begin([UInt8](first.authBytes))
    guard case .authenticate(let final) = try login.authenticated(Self.answer(challenge)) else {
      Issue.record("no second token")
      return
    }
    let last = try #require(server.end([UInt8](final.authBytes)))
    guard case .done(5_000) = try login.authenticated(Self.answer(last, lifetime: 5_000)) else {
      Issue.record("not done")
      return
    }
  }

  @Test("a refusal is told in the broker's words, and is for good")
  func refused() throws {
    var login = Self.login(.plain)
    _ = try login.handshaken(SaslHandshakeResponse())
    var response = SaslAuthenticateResponse()
    response.errorCode = .saslAuthenticationFailed
    response.errorMessage = "Authentication failed"
    let error = #expect(throws: ClientFailure.self) { try login.authenticated(response) }
    #expect(error?.sentence == "b:1: SASL_AUTHENTICATION_FAILED(58): Authentication failed")
    #expect(error?.isFatal == true)
    #expect(error?.isAuthenticationFailure == true)
    #expect(error?.isRetriable == false)
  }

  @Test("a success that a server of SCRAM says without a proof is none")
  func unproved() throws {
    var login = Self.login(.scramSHA512)
    _ = try login.handshaken(SaslHandshakeResponse())
    let error = #expect(throws: ClientFailure.self) { try login.authenticated(Self.answer([])) }
    #expect(error?.reason == .notAuthenticated)
  }

  @Test("it is renewed when 85 to 95 % of the session's life have passed")
  func renewal() {
    #expect(SASLLogin.renewalMilliseconds(lifetime: 10_000, chance: 0) == 8_500)
    #expect(SASLLogin.renewalMilliseconds(lifetime: 10_000, chance: 1) == 9_500)
    #expect(SASLLogin.renewalMilliseconds(lifetime: 1, chance: 0) == 1)
    #expect(SASLLogin.renewalMilliseconds(lifetime: .max, chance: 0.5) > 1 << 60)
  }
}
