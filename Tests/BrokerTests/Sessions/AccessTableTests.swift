import ActaModel
import KafkaWire
import LogEngine
import Testing

@testable import Broker

/// Refuses every right of `AccessTable` once. The table says at which level that is answered, and
/// with which code; what it does not say is that neighbours are served and nothing is stored.
@Suite("Rights, one by one") struct AccessTableTests {
  private let authorizer = ScriptedAuthorizer()
  private let fixture: BrokerFixture

  init() throws {
    fixture = try BrokerFixture(
      ["group.initial.rebalance.delay.ms": "0"], authorizer: authorizer)
  }

  /// The furnished broker, with a consumer group reading each topic where that is asked about.
  private func furnish(for access: AccessCase) async throws {
    try await fixture.furnish()
    guard access.api == .consumerGroupDescribe else { return }
    for name in ["open", "secret"] {
      let joined = try await fixture.consumerJoin("m", group: "crew-\(name)", topics: [name])
      #expect(joined.partitions == [0])
    }
  }

  /// What the case's request leads to when all is allowed.
  private static func baseline(_ access: AccessCase, target: String) async throws -> Reaction {
    let other = try AccessTableTests()
    try await other.furnish(for: access)
    return try await access.reaction(to: target, in: other.fixture)
  }

  private func refused(_ access: AccessCase, target: String) async throws -> Reaction {
    authorizer.refuse { access.concerns($0, of: target) }
    defer { authorizer.allowAll() }
    return try await access.reaction(to: target, in: fixture)
  }

  @Test("a refused right is answered at its level and with its code", arguments: AccessCase.all)
  func level(access: AccessCase) async throws {
    let isToBeMade = access.rule.operation == .create || access.api == .createTopics
    let target = isToBeMade ? "novel" : "secret"
    let allowed = try await Self.baseline(access, target: target)
    try await furnish(for: access)
    let refused = try await refused(access, target: target)
    let code = access.rule.code
    #expect(!allowed.parts.isEmpty && !allowed.parts.map(\.code).contains(code))
    switch access.refusal {
    case .request:
      #expect(!refused.parts.isEmpty)
      #expect(refused.parts.allSatisfy { $0.code == code }, "\(refused)")
    case .item, .partitions:
      let isAboutAll = access.rule.kind == .cluster
      let codes = isAboutAll ? refused.parts.map(\.code) : refused.codes(of: target)
      #expect(!codes.isEmpty && codes.allSatisfy { $0 == code }, "\(refused)")
      if !isAboutAll {
        #expect(refused.others(than: target) == allowed.others(than: target))
        #expect(!refused.others(than: target).isEmpty)
      }
    case .partitionsOfWhole:
      #expect(refused.codes(of: target) == [code])
      let others = refused.others(than: target)
      #expect(!others.isEmpty && others.allSatisfy { $0.code == .operationNotAttempted })
    case .leftOut:
      #expect(!allowed.codes(of: target).isEmpty)
      #expect(refused.parts == allowed.others(than: target))
    case .detail:
      #expect(refused.parts == allowed.parts)
      #expect(allowed.hasDetail && !refused.hasDetail)
    case .next:
      #expect(refused == allowed)
    }
  }

  @Test(
    "what is refused stores nothing",
    arguments: AccessCase.all.filter(\.refusesParts))
  func storesNothing(access: AccessCase) async throws {
    try await furnish(for: access)
    let before = try await fixture.state(of: "secret")
    _ = try await refused(access, target: "secret")
    let after = try await fixture.state(of: "secret")
    #expect(after.allSatisfy(before.contains), "\(before) became \(after)")
    // A neighbour that was deleted in the same request takes its positions with it.
    let lost = before.filter { !after.contains($0) }
    let isDeletion = [.deleteTopics, .deleteGroups].contains(access.api)
    #expect(lost.isEmpty || isDeletion && lost.allSatisfy { $0.contains("open") }, "\(lost)")
    #expect(after.count >= 3)
    // And neither does it make what is not there.
    _ = try await refused(access, target: "ghost")
    #expect(fixture.storage.catalog()["ghost"] == nil)
    let groups = try await fixture.send(ListGroupsRequest()).groups.map(\.groupID)
    #expect(!groups.contains("ghost"))
  }

  /// But for topics that may be described and not deleted, of which Kafka tells whether they are.
  @Test(
    "a refusal does not tell whether there is such a thing",
    arguments: AccessCase.all.filter { access in
      let isKnown = access.api == .deleteTopics && access.rule.operation == .delete
      return access.refusesParts && !isKnown
        // Of a topic that a group reads it cannot be asked whether it is there.
        && !(access.api == .consumerGroupDescribe && access.rule.kind == .topic)
        // A topic that is there is not made.
        && !(access.api == .metadata && access.rule.operation == .create)
    })
  func tellsNothing(access: AccessCase) async throws {
    try await furnish(for: access)
    let there = try await refused(access, target: "secret")
    let missing = try await refused(access, target: "ghost")
    #expect(there.codes(of: "secret") == missing.codes(of: "ghost"))
    #expect(there.codes(of: "") == missing.codes(of: ""))
    #expect(there.parts.map(\.code).contains(access.rule.code))
  }

  /// For nothing else: a question that is in no table ends the process.
  @Test("each API asks for what its table says")
  func questions() async throws {
    for (api, cases) in Dictionary(grouping: AccessCase.all, by: \.api) {
      var asked: Set<Right> = []
      for access in cases {
        let test = try AccessTableTests()
        try await test.furnish(for: access)
        _ = test.authorizer.takeQuestions()
        // Wider rights are refused, so that the narrower are asked, too.
        test.authorizer.refuse { access.concerns($0, of: "nothing of that name") }
        let target = access.rule.operation == .create || api == .createTopics ? "novel" : "secret"
        _ = try await access.reaction(to: target, in: test.fixture)
        asked.formUnion(test.authorizer.takeQuestions().filter { $0.api == api }.map(Right.init))
      }
      for rule in AccessTable.rules(of: api) {
        #expect(asked.contains(Right(rule)), "\(api) did not ask \(rule)")
      }
    }
  }

  private struct Right: Hashable {
    let operation: Operation
    let kind: Resource.Kind

    init(_ rule: AccessRule) { (operation, kind) = (rule.operation, rule.kind) }
    init(_ question: AccessQuestion) {
      (operation, kind) = (question.operation, question.subject.kind)
    }
  }
}
