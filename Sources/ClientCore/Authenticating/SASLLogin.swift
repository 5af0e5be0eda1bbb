import ActaModel
import Bytes
package import KafkaWire
package import SASL

/// A client that proves to a broker who it is: SaslHandshake, then SaslAuthenticate until both sides have said all.
/// Answers in, requests out.
package struct SASLLogin: Sendable {
  package enum Step: Sendable {
    case authenticate(SaslAuthenticateRequest)
    /// - Parameter lifetimeMilliseconds: After which the broker wants to know again; `nil` is never.
    case done(lifetimeMilliseconds: Int64?)
  }

  private var client: SASLClient
  private let broker: String

  /// - Parameters:
  ///   - nonce: As `SASLClient` wants it.
  ///   - broker: For sentences.
  package init(
    _ mechanism: SASLMechanism, _ credentials: SASLCredentials, nonce: String, broker: String
  ) {
    client = SASLClient(mechanism, credentials, nonce: nonce)
    self.broker = broker
  }

  package var handshake: SaslHandshakeRequest {
    var request = SaslHandshakeRequest()
    request.mechanism = client.mechanism.rawValue
    return request
  }

  package mutating func handshaken(
    _ answer: SaslHandshakeResponse
  ) throws(ClientFailure) -> SaslAuthenticateRequest {
    switch answer.errorCode {
    case .none: break
    case .unsupportedSaslMechanism:
      let there = answer.mechanisms.joined(separator: ", ")
      throw ClientFailure(
        answer.errorCode, saying: "\(client.mechanism.rawValue) is not enabled there, but \(there)",
        of: broker)
    case .illegalSaslState:
      throw ClientFailure(
        answer.errorCode, saying: "this listener does not authenticate by SASL (security.protocol)",
        of: broker)
    default: throw ClientFailure(answer.errorCode, saying: nil, of: broker)
    }
    return try saying { () throws(SASLError) in try client.begin() }
  }

  package mutating func authenticated(
    _ answer: SaslAuthenticateResponse
  ) throws(ClientFailure) -> Step {
    guard answer.errorCode == .none else {
      throw ClientFailure(answer.errorCode, saying: answer.errorMessage, of: broker)
    }
    let token: [UInt8]?
    do throws(SASLError) {
      token = try client.answer(answer.authBytes)
    } catch {
      throw Self.failure(error, broker)
    }
    if let token {
      var request = SaslAuthenticateRequest()
      request.authBytes = ByteSlice(token)
      return .authenticate(request)
    }
    guard client.isServerAuthentic else { throw Self.failure(.serverNotAuthentic, broker) }
    let lifetime = answer.sessionLifetimeMilliseconds
    return .done(lifetimeMilliseconds: lifetime > 0 ? lifetime : nil)
  }

  private func saying(
    _ token: () throws(SASLError) -> [UInt8]
  ) throws(ClientFailure) -> SaslAuthenticateRequest {
    do throws(SASLError) {
      var request = SaslAuthenticateRequest()
      request.authBytes = ByteSlice(try token())
      return request
    } catch {
      throw Self.failure(error, broker)
    }
  }

  private static func failure(_ error: SASLError, _ broker: String) -> ClientFailure {
    ClientFailure(.notAuthenticated, "\(broker): \(error).")
  }

  /// When to prove it again: when 85 to 95 % of the session's life have passed, as Java's clients do, so that not
  /// all of them come at once.
  ///
  /// - Parameter chance: From 0 to 1.
  package static func renewalMilliseconds(lifetime: Int64, chance: Double) -> Int64 {
    max(1, Int64(Double(lifetime) * (0.85 + 0.1 * chance)))
  }
}
