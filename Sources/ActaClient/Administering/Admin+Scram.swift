import ActaModel
import Bytes
import ClientCore
import KafkaWire

extension Admin {
  /// Who can authenticate with SCRAM, and with which mechanisms.
  ///
  /// - Parameter users: `nil` is all that have a credential.
  /// - Returns: By user, by mechanism; 91 for a user without any.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeUserScramCredentials(
    _ users: Set<String>? = nil
  ) async throws(KafkaError) -> [String: Result<[ScramCredentialInfo], KafkaError>] {
    var request = DescribeUserScramCredentialsRequest()
    request.users = users?.sorted().map { name in
      var user = DescribeUserScramCredentialsRequest.User()
      user.name = name
      return user
    }
    let question = request
    return try await performEach("describeUserScramCredentials") { call throws(ClientFailure) in
      if users?.isEmpty == true { return [:] }
      let response = try await call.ofController { node throws(ClientFailure) in
        let answer = try await call.send(question, to: node)
        guard answer.errorCode == .none else {
          throw ClientFailure(answer.errorCode, saying: answer.errorMessage, of: "credentials")
        }
        return answer
      }
      return .telling(response.results) { result in
        let infos = result.credentialInfos.map { info in
          ScramCredentialInfo(
            mechanism: ScramMechanism(rawValue: info.mechanism) ?? .unknown,
            iterations: info.iterations)
        }.sorted { $0.mechanism.rawValue < $1.mechanism.rawValue }
        return (
          result.user,
          .of(result.errorCode, result.errorMessage, about: "user \(result.user)", infos)
        )
      }
    }
  }

  /// Sets what users authenticate with, and takes it away.
  ///
  /// - Parameter alterations: By user, at most one for each mechanism.
  /// - Returns: By user, for whom all is done or nothing; 91 for a credential that is not there, 93 for one that
  ///   would be too weak, 33 for a mechanism that the cluster does not know.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func alterUserScramCredentials(
    _ alterations: [String: [ScramCredentialAlteration]]
  ) async throws(KafkaError) -> [String: Result<Void, KafkaError>] {
    try await performEach("alterUserScramCredentials") { call throws(ClientFailure) in
      try await call.each(alterations.keys, by: .controller) { node, users throws(ClientFailure) in
        var request = AlterUserScramCredentialsRequest()
        for user in users.sorted() {
          for alteration in alterations[user] ?? [] { request.add(alteration, to: user) }
        }
        let response = try await call.send(request, to: node)
        return .telling(response.results) { result in
          (
            result.user,
            .of(result.errorCode, result.errorMessage, about: "user \(result.user)", ())
          )
        }
      }
    }
  }
}

extension AlterUserScramCredentialsRequest {
  fileprivate mutating func add(_ alteration: ScramCredentialAlteration, to user: String) {
    switch alteration {
    case .delete(let mechanism):
      var deletion = Deletion()
      deletion.name = user
      deletion.mechanism = mechanism.rawValue
      deletions.append(deletion)
    case .set(let credential):
      var upsertion = Upsertion()
      upsertion.name = user
      upsertion.mechanism = credential.mechanism.rawValue
      upsertion.iterations = credential.iterations
      upsertion.salt = ByteSlice(credential.salt)
      upsertion.saltedPassword = ByteSlice(credential.saltedPassword)
      upsertions.append(upsertion)
    }
  }
}
