import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import SQLite
import Testing

@testable import Broker

/// What a request's session says of its client, and where that is kept.
@Suite("Sessions") struct SessionTests {
  private let authorizer = ScriptedAuthorizer()

  private func hello(_ name: String, _ version: String) -> ApiVersionsRequest {
    .with {
      $0.clientSoftwareName = name
      $0.clientSoftwareVersion = version
    }
  }

  private func software(_ connection: ConnectionContext) -> String? {
    connection.identity.known.software.map { "\($0.name) \($0.version)" }
  }

  @Test(
    "a connection knows its client's software once it was told",
    arguments: 0...5 as ClosedRange<Int16>)
  func software(version: Int16) async throws {
    let fixture = try BrokerFixture()
    let connection = fixture.connection(7)
    #expect(software(connection) == nil)
    _ = try await fixture.send(hello("librdkafka", "2.3.0"), version: version, on: connection)
    #expect(software(connection) == (version >= 3 ? "librdkafka 2.3.0" : nil))
    #expect(software(fixture.connection) == nil)
  }

  @Test("a name that is refused is not remembered; one that is too long is cut")
  func badSoftware() async throws {
    let fixture = try BrokerFixture()
    let connection = fixture.connection(7)
    _ = try await fixture.send(hello("a client", "1"), on: connection)
    #expect(software(connection) == nil)
    let long = String(repeating: "x", count: 32_767)
    _ = try await fixture.send(hello(long, "1"), on: connection)
    #expect(software(connection) == String(repeating: "x", count: 128) + " 1")
  }

  @Test("questions say who asks, from where, and in which API")
  func question() async throws {
    let fixture = try BrokerFixture(authorizer: authorizer)
    _ = try await fixture.send(ListGroupsRequest())
    let question = try #require(authorizer.takeQuestions().first)
    #expect("\(question.principal)" == "User:ANONYMOUS")
    #expect(question.clientAddress == "/127.0.0.1")
    #expect(question.api == .listGroups)
    #expect(question.subject == .one(.cluster))
    #expect(question.isQuiet)
  }

  @Test("a topic is asked about once, however many of its partitions a request has")
  func once() async throws {
    let fixture = try BrokerFixture(authorizer: authorizer)
    let topic = try await fixture.createTopic("t", partitions: 3)
    _ = authorizer.takeQuestions()
    let batches = (0..<3).map { (partition: Int32($0), bytes: Optional(Batch.of("x"))) }
    _ = try await fixture.send(ProduceRequest.writing(batches, to: topic))
    #expect(authorizer.takeQuestions().map(\.subject) == [.one(.topic("t"))])
    _ = try await fixture.send(FetchRequest.reading([0, 1, 2], of: topic, from: 0))
    #expect(authorizer.takeQuestions().map(\.subject) == [.one(.topic("t"))])
  }

  @Test("the answer to a fetch that waits is not asked about again")
  func waiting() async throws {
    let fixture = try BrokerFixture(authorizer: authorizer)
    let topic = try await fixture.createTopic("t")
    let call = try fixture.begin(FetchRequest.waiting(1_000, for: topic))
    _ = authorizer.takeQuestions()
    try await fixture.produce(Batch.of("x"), to: topic)
    try await fixture.settle(topic)
    fixture.executor.advance(milliseconds: 1_000)
    let response = try await call.response()
    #expect(try response.responses[0].partitions[0].values() == ["x"])
    #expect(!authorizer.takeQuestions().contains { $0.api == .fetch })
  }

  @Test("positions and events are put down to principal and software")
  func attribution() async throws {
    let folder = try TemporaryFolder()
    let fixture = try BrokerFixture.withoutDelay(at: folder.database)
    _ = try await fixture.send(hello("librdkafka", "2.3.0"))
    let topic = try await fixture.createTopic("t")
    let member = try await fixture.soleMember()
    #expect(try await fixture.commit([(0, 1)], of: topic, as: member) == [ErrorCode.none])
    _ = try await fixture.leave([member])
    _ = try await fixture.consumerJoin("c", group: "crew", topics: ["t"])
    _ = try await fixture.send(DeleteGroupsRequest.with { $0.groupsNames = ["g"] })
    let (known, columns) = (Self.known, Self.columns)
    func rows(_ sql: String) throws -> [String: Set<String>] {
      try Self.rows(sql, of: fixture)
    }
    #expect(
      try rows("SELECT source, \(columns) FROM offset_history")
        == ["consumer": [known], "admin delete": [known]])
    let events = try rows(
      "SELECT kind, \(columns) FROM group_history WHERE client IS NOT NULL")
    for kind in ["joined", "assigned", "left", "deleted"] { #expect(events[kind] == [known]) }
    #expect(try rows("SELECT member_id, \(columns) FROM group_members") == ["c": [known]])
    fixture.storage.close()
  }

  @Test("a member that is evicted after a restart is named as it was when it joined")
  func eviction() async throws {
    let folder = try TemporaryFolder()
    var fixture = try BrokerFixture.withoutDelay(at: folder.database)
    _ = try await fixture.send(hello("librdkafka", "2.3.0"))
    try await fixture.createTopic("t")
    _ = try await fixture.soleMember(of: "classic")
    _ = try await fixture.consumerJoin("c", group: "consumer", topics: ["t"])
    fixture.storage.close()
    fixture = try BrokerFixture.withoutDelay(at: folder.database)
    try await fixture.pass(milliseconds: 60_000)
    let evictions = try Self.rows(
      "SELECT \"group\", \(Self.columns) FROM group_history WHERE kind = 'evicted'", of: fixture)
    #expect(evictions == ["classic": [Self.known], "consumer": [Self.known]])
    fixture.storage.close()
  }

  // MARK: What the file says

  private static let known = "User:ANONYMOUS librdkafka 2.3.0"
  private static let columns =
    "principal || ' ' || client_software || ' ' || client_software_version"

  /// The texts of the second column, by the first.
  private static func rows(
    _ sql: String, of fixture: BrokerFixture
  ) throws -> [String: Set<String>] {
    let connection = try Connection(path: fixture.storage.identity.location, mode: .readOnly)
    let statement = try connection.prepare(sql)
    var found: [String: Set<String>] = [:]
    while try statement.step() {
      found[statement.text(0), default: []].insert(statement.nullableText(1) ?? "NULL")
    }
    return found
  }
}
