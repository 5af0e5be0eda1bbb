import ClientCore
import KafkaWire
import Transport

// Proving to the broker who the client is, before anything else is asked, and again before the session ends. What is
// asked meanwhile waits as it does for the connection.
extension BrokerConnection {
  func authenticate(_ sasl: SASLConfiguration, _ versions: SpokenVersions) {
    phase = .authenticating(versions)
    var login = SASLLogin(
      sasl.mechanism, sasl.credentials, nonce: Self.nonce(), broker: name)
    // Version 0 would have tokens without frames around them follow.
    ask(login.handshake, api: .saslHandshake, from: 1, versions) { [unowned self] answer in
      do throws(ClientFailure) {
        let first = try login.handshaken(try answer.get())
        goOn(login, first, versions)
      } catch {
        end(error)
      }
    }
  }

  private func goOn(
    _ login: SASLLogin, _ request: SaslAuthenticateRequest, _ versions: SpokenVersions
  ) {
    var login = login
    ask(request, api: .saslAuthenticate, from: 0, versions) { [unowned self] answer in
      do throws(ClientFailure) {
        switch try login.authenticated(try answer.get()) {
        case .authenticate(let next): goOn(login, next, versions)
        case .done(let lifetime):
          if let lifetime { renew(after: lifetime) }
          become(versions)
        }
      } catch {
        end(error)
      }
    }
  }

  private func ask<R: RequestMessage>(
    _ request: R, api: APIKey, from oldest: Int16, _ versions: SpokenVersions,
    _ completion: @escaping (Result<R.Response, ClientFailure>) -> Void
  ) {
    do throws(ClientFailure) {
      let version = try versions.newest(of: api, from: oldest)
      try ask(request, version: version, deadline: requestDeadline, completion)
    } catch {
      end(ClientFailure(error.reason, "\(name): \(error.sentence)"))
    }
  }

  private func renew(after lifetime: Int64) {
    let wait = SASLLogin.renewalMilliseconds(
      lifetime: lifetime, chance: Double.random(in: 0..<1))
    renewal = loop.schedule(afterMilliseconds: wait) { [weak self] in
      guard let self, case .ready(let versions) = phase, let sasl = identity.sasl else { return }
      authenticate(sasl, versions)
    }
  }

  /// 128 bits of the system's randomness.
  private static func nonce() -> String {
    var random = SystemRandomNumberGenerator()
    return String(random.next() as UInt64, radix: 36) + String(random.next() as UInt64, radix: 36)
  }
}
