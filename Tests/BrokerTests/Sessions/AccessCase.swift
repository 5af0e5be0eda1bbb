import ActaModel
import KafkaWire
import LogEngine
import Testing

@testable import Broker

/// A right that an API asks for, and one way in which its refusal is answered: one entry of
/// `AccessTable`, taken apart.
struct AccessCase: Sendable, CustomTestStringConvertible {
  let api: APIKey
  let rule: AccessRule
  let refusal: AccessRule.Refusal

  var testDescription: String { "\(api): \(rule.operation.name) \(rule.kind), \(refusal)" }

  static let all: [AccessCase] = APIVersionTable.served.flatMap { served in
    AccessTable.rules(of: served.key).flatMap { rule in
      rule.refusals.map { AccessCase(api: served.key, rule: rule, refusal: $0) }
    }
  }

  /// Or all of it: there is something that the answer says it has refused.
  var refusesParts: Bool {
    [.request, .item, .partitions, .partitionsOfWhole].contains(refusal)
  }

  /// Whether `question` is for this very right to `target`, or for a wider one that would make this
  /// one needless.
  func concerns(_ question: AccessQuestion, of target: String) -> Bool {
    guard question.api == api else { return false }
    if asks(question, rule) {
      switch question.subject {
      case .any: return true
      case .one(let resource): return rule.kind == .cluster || resource.name == target
      }
    }
    return AccessTable.rules(of: api).contains { $0.refusals == [.next] && asks(question, $0) }
  }

  private func asks(_ question: AccessQuestion, _ rule: AccessRule) -> Bool {
    question.operation == rule.operation && question.subject.kind == rule.kind
  }
}

/// What a client has learnt from an answer.
struct Reaction: Equatable {
  /// A topic's partition, a group, a key, a resource, or the whole.
  struct Part: Equatable {
    let name: String
    let code: ErrorCode
  }

  var parts: [Part] = []
  /// Whether what is told besides was told.
  var hasDetail = false

  init() {}

  init(whole code: ErrorCode) { parts = [Part(name: "", code: code)] }

  init(_ parts: [(String, ErrorCode)]) {
    self.parts = parts.map { Part(name: $0.0, code: $0.1) }
  }

  func codes(of target: String) -> [ErrorCode] {
    parts.filter { $0.name == target }.map(\.code)
  }

  func others(than target: String) -> [Part] { parts.filter { $0.name != target } }
}

extension BrokerFixture {
  /// Two topics with a record each, two groups with a position in both, and two transactional ids: one of
  /// each that nobody minds, and one that a test keeps from the client.
  func furnish() async throws {
    for name in ["open", "secret"] {
      let topic = try await createTopic(name)
      try await produce(Batch.of("x"), to: topic)
    }
    for group in ["open", "secret"] {
      for topic in try ["open", "secret"].map({ try #require(storage.catalog()[$0]) }) {
        let codes = try await commit([(0, 1)], of: topic, as: TestMember(group: group))
        #expect(codes == [.none])
      }
    }
    try await furnishTransactions()
  }

  /// What is kept of the topic, the group and the transactional id `name`. Their neighbours may change meanwhile, or go.
  func state(of name: String) async throws -> [String] {
    let catalog = storage.catalog()
    var state: [String] = []
    if let topic = catalog[name] {
      let bounds = topic.partitions.map { "\(String(describing: storage.bounds(of: $0)))" }
      state.append("topic \(topic.id) \(bounds)")
    }
    if let transaction = try await describe(name) { state.append("\(transaction)") }
    let groups = try await send(ListGroupsRequest()).groups
    for group in groups.map(\.groupID) {
      for topic in ["open", "secret"].compactMap({ catalog[$0] })
      where group == name || (topic.name == name && group == "open") {
        state.append("\(group) \(topic.name) \(try await committed(of: topic, by: group))")
      }
    }
    return state + groups.filter { $0.groupID == name }.map { "\($0.groupType) \($0.groupState)" }
  }
}
