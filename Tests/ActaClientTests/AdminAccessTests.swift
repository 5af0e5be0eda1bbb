import ActaClient
import ActaModel
import Bytes
import KafkaWire
import Testing

@Suite("Administrator: who may do what") struct AdminAccessTests {
  private static let rule = ACLBinding(
    ACLResource(.topic, "orders", .prefixed), principal: "User:alice", host: "10.0.0.1", .read,
    .deny)

  /// An administrator of a broker that answers one API by the script.
  private static func with(
    _ api: APIKey, _ script: @escaping ScriptedBroker.Script, _ body: (Admin) async throws -> Void
  ) async throws {
    let broker = try ScriptedBroker { request in
      if request.api == api { return script(request) }
      guard request.api == .metadata else { return request.properly() }
      var metadata = request.metadata(leader: 1)
      metadata.controllerID = 1
      return request.answer(metadata)
    }
    defer { broker.stop() }
    try await Admin.with(AdminConfiguration(bootstrapServers: [broker.address]), body)
  }

  @Test("a cluster without an authorizer says so of each access rule")
  func noAuthorizer() async throws {
    let node = try AdministeredNode()
    let told = await #expect(throws: KafkaError.self) { try await node.admin.describeACLs() }
    #expect(told?.code == 54)
    #expect(told?.exception == "org.apache.kafka.common.errors.SecurityDisabledException")
    let created = try await node.admin.createACLs([Self.rule])
    #expect(created[Self.rule]?.failure?.message == "No Authorizer is configured.")
    let filter = ACLBindingFilter(Self.rule)
    #expect(try await node.admin.deleteACLs([filter])[filter]?.failure?.code == 54)
    #expect(try await node.admin.createACLs([]).isEmpty)
    try await node.close()
  }

  @Test("access rules are told as they are, and what this client does not know of them is unknown")
  func describingRules() async throws {
    let script: ScriptedBroker.Script = { request in
      let asked = try? DescribeAclsRequest.decode(from: request.body, version: request.version)
      var rule = DescribeAclsResponse.ACL()
      rule.principal = "User:alice"
      rule.host = "10.0.0.1"
      (rule.operation, rule.permissionType) = (3, 2)
      var newer = rule
      newer.operation = 99
      var resource = DescribeAclsResponse.Resource()
      resource.resourceType = asked?.filter.resourceTypeFilter ?? 0
      resource.resourceName = asked?.filter.resourceNameFilter ?? ""
      resource.patternType = 4
      resource.acls = [rule, newer]
      var response = DescribeAclsResponse()
      response.resources = [resource]
      return request.answer(response)
    }
    try await Self.with(.describeACLs, script) { admin in
      var filter = ACLBindingFilter()
      filter.resourceKind = .topic
      filter.resourceName = "orders"
      let told = try await admin.describeACLs(filter)
      #expect(told.first == Self.rule)
      #expect(told.last?.operation == .unknown)
    }
  }

  @Test("rules are made as they are meant; each is answered by itself")
  func creatingRules() async throws {
    let script: ScriptedBroker.Script = { request in
      let asked = try? CreateAclsRequest.decode(from: request.body, version: request.version)
      var response = CreateAclsResponse()
      response.results = (asked?.creations ?? []).map { creation in
        var result = CreateAclsResponse.Result()
        let isRule =
          creation.resourceType == 2 && creation.resourcePatternType == 4
          && creation.principal == "User:alice" && creation.host == "10.0.0.1"
          && creation.operation == 3 && creation.permissionType == 2
        result.errorCode = isRule ? .none : .invalidRequest
        return result
      }
      return request.answer(response)
    }
    try await Self.with(.createACLs, script) { admin in
      let other = ACLBinding(.cluster, principal: "User:bob", .clusterAction)
      let created = try await admin.createACLs([Self.rule, other])
      try created[Self.rule]?.get()
      #expect(created[other]?.failure?.code == 42)
    }
  }

  @Test("of rules that were to go it is told which did not")
  func deletingRules() async throws {
    let script: ScriptedBroker.Script = { request in
      var gone = DeleteAclsResponse.MatchingACL()
      (gone.resourceType, gone.resourceName, gone.patternType) = (2, "orders", 4)
      (gone.principal, gone.host, gone.operation, gone.permissionType) =
        ("User:alice", "10.0.0.1", 3, 2)
      var left = gone
      left.errorCode = .clusterAuthorizationFailed
      var result = DeleteAclsResponse.FilterResult()
      result.matchingACLs = [gone, left]
      var response = DeleteAclsResponse()
      response.filterResults = [result]
      return request.answer(response)
    }
    try await Self.with(.deleteACLs, script) { admin in
      let deleted = try await admin.deleteACLs([ACLBindingFilter()])[ACLBindingFilter()]?.get()
      #expect(deleted?.map(\.binding) == [Self.rule, Self.rule])
      #expect(deleted?.map { $0.error?.code } == [nil, 31])
    }
  }

  // MARK: Credentials

  @Test("who has no credential is told so; a node that authenticates nobody keeps none")
  func noCredentials() async throws {
    let node = try AdministeredNode()
    #expect(try await node.admin.describeUserScramCredentials().isEmpty)
    #expect(try await node.admin.describeUserScramCredentials([]).isEmpty)
    let told = try await node.admin.describeUserScramCredentials(["alice"])
    #expect(told["alice"]?.failure?.code == 91)
    let altered = try await node.admin.alterUserScramCredentials([
      "alice": [.delete(.sha256)], "bob": [.delete(.unknown)],
    ])
    #expect(altered["alice"]?.failure?.code == 91)
    #expect(altered["bob"]?.failure?.code == 33)
    try await node.close()
  }

  @Test("credentials are told with their mechanisms")
  func describingCredentials() async throws {
    let script: ScriptedBroker.Script = { request in
      var result = DescribeUserScramCredentialsResponse.Result()
      result.user = "alice"
      let credentials: [(Int8, Int32)] = [(2, 8_192), (1, 4_096)]
      result.credentialInfos = credentials.map { mechanism, iterations in
        var info = DescribeUserScramCredentialsResponse.Credential()
        info.mechanism = mechanism
        info.iterations = iterations
        return info
      }
      var response = DescribeUserScramCredentialsResponse()
      response.results = [result]
      return request.answer(response)
    }
    try await Self.with(.describeUserScramCredentials, script) { admin in
      let infos = try await admin.describeUserScramCredentials()["alice"]?.get()
      #expect(infos?.map(\.mechanism) == [.sha256, .sha512])
      #expect(infos?.map(\.iterations) == [4_096, 8_192])
      #expect(infos?.map(\.mechanism.name) == ["SCRAM-SHA-256", "SCRAM-SHA-512"])
    }
  }

  @Test("credentials go to the controller with salt and salted password, and are asked for again")
  func alteringCredentials() async throws {
    let attempts = Counter()
    let script: ScriptedBroker.Script = { request in
      let asked = try? AlterUserScramCredentialsRequest.decode(
        from: request.body, version: request.version)
      let one = asked?.upsertions.first
      let isRight =
        one?.name == "alice" && one?.mechanism == 2 && one?.iterations == 5_000
        && one?.salt == ByteSlice([1, 2]) && one?.saltedPassword == ByteSlice([3, 4])
        && asked?.deletions.map(\.name) == ["alice"] && asked?.deletions.map(\.mechanism) == [1]
      var result = AlterUserScramCredentialsResponse.Result()
      result.user = "alice"
      result.errorCode = attempts.next() == 0 ? .notController : isRight ? .none : .invalidRequest
      var response = AlterUserScramCredentialsResponse()
      response.results = [result]
      return request.answer(response)
    }
    try await Self.with(.alterUserScramCredentials, script) { admin in
      let credential = ScramCredential(
        .sha512, iterations: 5_000, salt: [1, 2], saltedPassword: [3, 4])
      let altered = try await admin.alterUserScramCredentials([
        "alice": [.delete(.sha256), .set(credential)]
      ])
      try altered["alice"]?.get()
      #expect(attempts.next() == 2)
    }
  }
}
