import ActaClient
import ActaModel
import Bytes
import KafkaWire
import SASL
import SecurityTestSupport
import Synchronization
import TLS

/// What the tests of security share: an authority, and brokers that want to know who comes.
enum Secured {
  static let authority = TestAuthority("Test authority")
  static let broker = authority.issue("broker")

  static var trust: TLSConfiguration.Trust { .pem(authority.certificate) }

  static func tls(
    _ identity: TestIdentity = broker, _ demand: TLSSettings.CertificateDemand = .none
  ) throws -> TLSContext {
    var settings = TLSSettings(.server(clientCertificates: demand))
    settings.identity = .pem(
      chain: .text(identity.certificate), key: .text(identity.key), keyPassword: nil)
    settings.trust = .pem(.text(authority.certificate))
    return try TLSContext(settings)
  }

  static let password = "s3cret"
}

/// The broker's side of SASL on all of a scripted broker's connections. Anything else is answered only to who has
/// authenticated, as Kafka does it.
final class ScriptedSASL: Sendable {
  private struct Login: Sendable {
    var mechanism = ""
    var scram: ScriptedScramServer?
    var isDone = false
  }

  private let mechanisms: [SASLMechanism]
  private let lifetimeMilliseconds: Int64
  private let lie: ScriptedScramServer.Lie?
  private let logins = Mutex<[Int: Login]>([:])
  private let successes = Mutex(0)

  init(
    _ mechanisms: [SASLMechanism] = SASLMechanism.allCases, lifetimeMilliseconds: Int64 = 0,
    lie: ScriptedScramServer.Lie? = nil
  ) {
    self.mechanisms = mechanisms
    self.lifetimeMilliseconds = lifetimeMilliseconds
    self.lie = lie
  }

  var successCount: Int { successes.withLock { $0 } }

  func answer(
    _ request: ScriptedRequest, _ properly: (ScriptedRequest) -> ScriptedBroker.Reply
  ) -> ScriptedBroker.Reply {
    switch request.api {
    case .apiVersions: return properly(request)
    case .saslHandshake: return handshake(request)
    case .saslAuthenticate: return authenticate(request)
    default:
      let isDone = logins.withLock { $0[request.connection]?.isDone ?? false }
      return isDone ? properly(request) : .close
    }
  }

  private func handshake(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
    var response = SaslHandshakeResponse()
    response.mechanisms = mechanisms.map(\.rawValue)
    let asked = try? SaslHandshakeRequest.decode(from: request.body, version: request.version)
    guard let mechanism = asked.flatMap({ SASLMechanism(rawValue: $0.mechanism) }),
      mechanisms.contains(mechanism)
    else {
      response.errorCode = .unsupportedSaslMechanism
      return .last(request.frame(response))
    }
    logins.withLock { $0[request.connection] = Login(mechanism: mechanism.rawValue) }
    return request.answer(response)
  }

  private func authenticate(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
    let asked = try? SaslAuthenticateRequest.decode(from: request.body, version: request.version)
    let token = asked.map { [UInt8]($0.authBytes) } ?? []
    return logins.withLock { logins in
      guard var login = logins[request.connection] else { return .close }
      defer { logins[request.connection] = login }
      var response = SaslAuthenticateResponse()
      response.errorMessage = ""
      if let scram = login.scram {
        guard let last = scram.end(token) else { return refusal(request) }
        response.authBytes = last
        return succeed(request, response, &login)
      }
      if login.mechanism == SASLMechanism.plain.rawValue {
        guard token == [0] + Array("alice".utf8) + [0] + Array(Secured.password.utf8) else {
          return refusal(request)
        }
        return succeed(request, response, &login)
      }
      let hash: ScramHash = login.mechanism == "SCRAM-SHA-256" ? .sha256 : .sha512
      var scram = ScriptedScramServer(hash, password: Secured.password, lie: lie)
      response.authBytes = scram.begin(token)
      login.scram = scram
      return request.answer(response)
    }
  }

  private func succeed(
    _ request: ScriptedRequest, _ response: SaslAuthenticateResponse, _ login: inout Login
  ) -> ScriptedBroker.Reply {
    var response = response
    response.sessionLifetimeMilliseconds = lifetimeMilliseconds
    login.isDone = true
    login.scram = nil
    successes.withLock { $0 += 1 }
    return request.answer(response)
  }

  private func refusal(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
    var response = SaslAuthenticateResponse()
    response.errorCode = .saslAuthenticationFailed
    response.errorMessage = "Authentication failed: Invalid username or password"
    return .last(request.frame(response))
  }
}
