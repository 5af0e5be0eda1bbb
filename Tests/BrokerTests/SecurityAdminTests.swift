import ActaModel
import KafkaWire
import Testing

@testable import Broker

/// What a broker without security says to those who ask for it: as Kafka does, so that tools see a
/// cluster that needs none, and not one that is too old.
@Suite("Security that is not there") struct SecurityAdminTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test("nobody has to authenticate", arguments: versions(of: .saslAuthenticate))
  func authentication(version: Int16) async throws {
    let handshake = try await fixture.send(
      SaslHandshakeRequest.with { $0.mechanism = "PLAIN" }, version: min(version, 1))
    #expect(handshake.errorCode == .illegalSaslState && handshake.mechanisms.isEmpty)
    let response = try await fixture.send(SaslAuthenticateRequest(), version: version)
    #expect(response.errorCode == .illegalSaslState)
    #expect(response.errorMessage?.isEmpty == false)
  }

  @Test("there are no access rules", arguments: versions(of: .describeACLs))
  func accessRules(version: Int16) async throws {
    let every = DescribeAclsRequest.with {
      $0.filter.resourceTypeFilter = 1
      $0.filter.operation = 1
      $0.filter.permissionType = 1
    }
    let described = try await fixture.send(every, version: version)
    #expect(described.errorCode == .securityDisabled && described.resources.isEmpty)
    let rule = CreateAclsRequest.Creation.with {
      $0.resourceType = 2
      $0.operation = 3
      $0.permissionType = 3
    }
    let created = try await fixture.send(
      CreateAclsRequest.with { $0.creations = [rule, rule] }, version: version)
    #expect(created.results.map(\.errorCode) == [.securityDisabled, .securityDisabled])
    let filter = ACLFilter.with {
      $0.resourceTypeFilter = 2
      $0.operation = 1
      $0.permissionType = 1
    }
    let deleted = try await fixture.send(
      DeleteAclsRequest.with { $0.filters = [filter] }, version: version)
    #expect(deleted.filterResults.map(\.errorCode) == [.securityDisabled])
  }

  @Test("who asks for what is unknown by name is not answered, as in Kafka")
  func unknownElements() async throws {
    #expect(try await fixture.closes(DescribeAclsRequest()))
    #expect(try await fixture.closes(CreateAclsRequest.with { $0.creations = [.init()] }))
    #expect(try await fixture.closes(DeleteAclsRequest.with { $0.filters = [.init()] }))
    #expect(try await !fixture.closes(CreateAclsRequest()))
  }

  @Test("there are no delegation tokens", arguments: versions(of: .createDelegationToken))
  func tokens(version: Int16) async throws {
    let request = CreateDelegationTokenRequest.with { $0.ownerPrincipalName = nil }
    let created = try await fixture.send(request, version: version)
    #expect(created.errorCode == .delegationTokenRequestNotAllowed)
    #expect(created.principalName == "ANONYMOUS" && created.issueTimestampMilliseconds == -1)
    let described = try await fixture.send(DescribeDelegationTokenRequest(), version: version)
    #expect(described.errorCode == .delegationTokenRequestNotAllowed)
    let older = min(version, 2)
    let renewed = try await fixture.send(RenewDelegationTokenRequest(), version: older)
    #expect(renewed.errorCode == .delegationTokenRequestNotAllowed)
    let expired = try await fixture.send(ExpireDelegationTokenRequest(), version: older)
    #expect(expired.errorCode == .delegationTokenRequestNotAllowed)
    let other = CreateDelegationTokenRequest.with {
      $0.ownerPrincipalType = "User"
      $0.ownerPrincipalName = "alice"
    }
    let owned = try await fixture.send(other, version: 3)
    #expect(owned.principalName == "alice" && owned.tokenRequesterPrincipalName == "ANONYMOUS")
  }

  @Test("nobody has a credential, and nobody can be given one")
  func credentials() async throws {
    func describe(_ names: [String]?) async throws -> [ErrorCode] {
      let request = DescribeUserScramCredentialsRequest.with {
        $0.users = names?.map { name in .with { $0.name = name } }
      }
      return try await fixture.send(request).results.map(\.errorCode)
    }
    #expect(try await describe(nil).isEmpty)
    #expect(try await describe([]).isEmpty)
    #expect(try await describe(["a", "b", "a"]) == [.duplicateResource, .resourceNotFound])

    func upsert(_ name: String, _ mechanism: Int8, _ iterations: Int32) -> Upsertion {
      .with {
        $0.name = name
        $0.mechanism = mechanism
        $0.iterations = iterations
      }
    }
    let request = AlterUserScramCredentialsRequest.with {
      $0.deletions = [.with { $0.name = "gone" }, Self.nameless]
      $0.upsertions = [
        upsert("a", 1, 4_096), upsert("b", 2, 4_095), upsert("c", 1, 16_385), upsert("d", 3, 4_096),
        upsert("e", 1, 8_192), upsert("e", 2, 8_192),
      ]
    }
    let results = try await fixture.send(request).results
    #expect(results.map(\.user) == ["gone", "", "a", "b", "c", "d", "e"])
    #expect(
      results.map(\.errorCode) == [
        .unsupportedSaslMechanism, .unacceptableCredential, .securityDisabled,
        .unacceptableCredential, .unacceptableCredential, .unsupportedSaslMechanism,
        .duplicateResource,
      ])
  }

  private static let nameless = AlterUserScramCredentialsRequest.Deletion.with {
    $0.mechanism = 1
  }

  private typealias Upsertion = AlterUserScramCredentialsRequest.Upsertion
}

extension BrokerFixture {
  fileprivate func closes(_ request: some RequestMessage) async throws -> Bool {
    if case .close = try await begin(request).outcome() { true } else { false }
  }
}
